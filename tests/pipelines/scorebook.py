"""What the tests of the box score share: a small game's rosters, its records, and what a reader makes of results."""

from collections.abc import Iterable, Sequence
from typing import Any, Literal

import msgspec

from pressbox.codec.gamestream import entry_of, read_gamestream
from pressbox.model.box_score import DeadLetter, DeadLetterClosed, Document, Gone, Result, Settled, Unsettled
from pressbox.model.event import Entry
from pressbox.model.game import Corrected, Finished, GameOpened, GameRecord, Played
from pressbox.model.roster import Player, Team
from pressbox.pipelines.box_score import BOX_SCORE, Box

GAME = "syracuse-at-home"
RUN = 1

HOME = Team(
    101,
    "syracuse",
    "ACC",
    5,
    2,
    (Player(1, "sam", "6", 56, 22), Player(2, "sarah", "1", 41, 15), Player(3, "steve", "2", 38, 12)),
)
AWAY = Team(
    205,
    "johns hopkins",
    "Big 10",
    4,
    3,
    (Player(11, "jack", "1", 51, 18), Player(12, "sam", "8", 44, 17)),
)

Seen = dict[str, Any]


def opened(home: Team = HOME, away: Team = AWAY, *, run: int = RUN) -> GameOpened:
    return GameOpened(GAME, run, "gamestream", home, away)


def entries(*lines: str, first: int = 1) -> tuple[Entry, ...]:
    """Return the entries of *lines*, the first of which is line number *first* of the feed."""
    return tuple(entry_of(line.encode(), number) for number, line in enumerate(lines, first))


def played(*lines: str, first: int = 1, run: int = RUN) -> list[GameRecord]:
    return [Played(GAME, run, entry) for entry in entries(*lines, first=first)]


def corrected(keep: int, *lines: str) -> Corrected:
    """Return the correction that leaves *keep* entries and puts *lines* in place of the others."""
    return Corrected(GAME, RUN, keep, entries(*lines, first=keep + 1))


def finished(tail: str = "", *, number: int = 1, by: Literal["operator", "silence"] = "operator") -> Finished:
    """Return the word that the game is over, the unfinished line *number* of its feed being *tail*."""
    return Finished(GAME, RUN, by, read_gamestream(tail.encode(), first_number=number).tail)


def fold_record(box: Box | None, revision: int, record: GameRecord) -> tuple[Box | None, Sequence[Result]]:
    """Apply *record* as a runner does: decoded from the bytes the log holds."""
    return BOX_SCORE.apply(box, revision, BOX_SCORE.decode(msgspec.json.encode(record)))


def fold(records: Iterable[GameRecord]) -> list[Result]:
    """Return all results of *records*, which stand at revision 0 and following."""
    box: Box | None = None
    written: list[Result] = []
    for revision, record in enumerate(records):
        box, results = fold_record(box, revision, record)
        written += results
    return written


def body(document: Document) -> Seen:
    """Return the document as a reader sees it."""
    seen: Seen = msgspec.json.decode(document.body)
    return seen


def bodies(results: Iterable[Result]) -> list[Seen]:
    return [body(result) for result in results if isinstance(result, Document)]


def newest(results: Iterable[Result]) -> Seen | None:
    """Return the newest document a store holds, without its place in the log, or None where there is none."""
    held = shelf(results)
    return held[max(held)] if held else None


def latest(results: Iterable[Result]) -> Seen:
    """Return the newest document, of which there must be one."""
    document = newest(results)
    assert document is not None
    return document


def unplaced(seen: Seen) -> Seen:
    """Return the document *seen* without the place in the log that wrote it."""
    return {name: value for name, value in seen.items() if name not in ("revision", "revision_index")}


def shelf(results: Iterable[Result]) -> dict[int, Seen]:
    """Return what a store holds after *results*: the newest document of each event id, without its place."""
    held: dict[int, Seen] = {}
    for result in results:
        if isinstance(result, Document):
            held[result.event_id] = unplaced(body(result))
        elif isinstance(result, Gone):
            del held[result.event_id]
    return held


def open_letters(results: Iterable[Result]) -> dict[str, str]:
    """Return the reason of each dead letter that still needs somebody; one listed twice or closed twice fails."""
    waiting: dict[str, str] = {}
    for result in results:
        if isinstance(result, DeadLetter):
            assert waiting.get(result.id) != result.reason, "listed twice"
            waiting[result.id] = result.reason
        elif isinstance(result, DeadLetterClosed):
            del waiting[result.id]
    return waiting


def letters(results: Iterable[Result]) -> list[DeadLetter]:
    return [result for result in results if isinstance(result, DeadLetter)]


def closings(results: Iterable[Result]) -> list[DeadLetterClosed]:
    return [result for result in results if isinstance(result, DeadLetterClosed)]


def settlement(results: Iterable[Result]) -> Settled | None:
    """Return what the game adds to the season after *results*, at no particular place in the log."""
    last = None
    for result in results:
        if isinstance(result, Settled):
            last = msgspec.structs.replace(result, revision=0, index=0)
        elif isinstance(result, Unsettled):
            last = None
    return last
