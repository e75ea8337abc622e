"""
The box score: a fold from the records of a game to its documents, settlement and dead letters.

The feed's entries are kept as last read. A new entry is written on the score sheet and gives one document. Whatever
changes the past - a correction of the feed, an amended roster, an operator's word - folds all entries again on a fresh
sheet and writes every document from the first change on, removes those whose event is gone, and writes the newest one
last. What operators said is kept apart from the feed's entries and holds through every such refold.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final

import msgspec
from msgspec import Struct, field
from msgspec.structs import replace

from pressbox.errors import RejectedRecord
from pressbox.model.box_score import (
    DeadLetter,
    DeadLetterClosed,
    Document,
    Gone,
    PlayerResult,
    PlayStatus,
    Result,
    Settled,
    TeamResult,
    Unsettled,
    encode_result,
)
from pressbox.model.clock import format_clock
from pressbox.model.event import Entry, Event, GameOver, PlayedEvent, Rejected
from pressbox.model.game import (
    Amended,
    Confirmed,
    Corrected,
    FeedFormat,
    Finished,
    GameOpened,
    GameRecord,
    Mended,
    Played,
    RosterAmended,
    Voided,
    decode_game_record,
)
from pressbox.model.roster import Team
from pressbox.model.summary import GameSummary
from pressbox.pipelines.score_sheet import ScoreSheet
from pressbox.pipelines.side_sheet import SideSheet
from pressbox.stream.fold import KeyedFold

GAMES: Final = "games"
BOX_SCORES: Final = "boxscores"
GAMES_DEAD_LETTERS: Final = "games-deadletters"

_LETTER: Final = re.compile(r"[0-9a-f]{12}-[1-9]\d{0,8}", re.ASCII)
_encode_document = msgspec.json.Encoder().encode


class Edit(Struct, frozen=True):
    """An operator's word on one play: what it really was (None: as the feed says) and how it is marked."""

    event: PlayedEvent | None
    status: PlayStatus


class Box(Struct):
    """What the fold keeps of one game: the feed's entries, the operators' words, and the sheet they give."""

    game: str
    run: int
    opened: int
    format: FeedFormat
    home: Team
    away: Team
    sheet: ScoreSheet
    entries: list[Entry] = field(default_factory=list)
    edits: dict[int, Edit] = field(default_factory=dict)
    mended: dict[str, PlayedEvent] = field(default_factory=dict)
    finished: Finished | None = None
    document_ids: list[int] = field(default_factory=list)
    dead_letters: dict[str, str] = field(default_factory=dict)
    occurrences: dict[str, int] = field(default_factory=dict)
    settled: bool = False

    @property
    def final(self) -> bool:
        """Whether the game is over, by its feed or by somebody's word."""
        return self.sheet.closed or self.finished is not None


class _Results:
    """The results of one record, numbered as they are written; nothing is shaped where they are stored already."""

    __slots__ = ("_box", "_revision", "_silent", "changed", "written")

    def __init__(self, box: Box, revision: int, *, silent: bool) -> None:
        self._box = box
        self._revision = revision
        self._silent = silent
        self.written: list[Result] = []
        self.changed = False

    def document(self) -> None:
        box, sheet = self._box, self._box.sheet
        self.changed = True
        if self._silent:
            return
        index, final = len(self.written), box.final
        body = msgspec.Raw(_encode_document(sheet.document(box.game, box.run, self._revision, index, final=final)))
        self.written.append(Document(box.game, self._revision, index, box.run, box.opened, sheet.event_id, final, body))

    def gone(self, event_id: int) -> None:
        self.changed = True
        self.add(Gone, event_id)

    def add(self, kind: Callable[..., Result], *rest: object) -> None:
        if not self._silent:
            box = self._box
            self.written.append(kind(box.game, self._revision, len(self.written), box.run, *rest))


def apply(
    box: Box | None, revision: int, record: GameRecord, *, silent: bool = False
) -> tuple[Box | None, Sequence[Result]]:
    """
    Move *box* by *record* and return it with the results in the order they are to be stored.

    A record that names another run than the one under way changes nothing: its run was replaced meanwhile.

    Raises:
        RejectedRecord: the game was never opened, so there are no rosters to count for.
    """
    if type(record) is GameOpened:
        sheet = ScoreSheet(record.home, record.away, record.format)
        opened = Box(record.game, record.run, revision, record.format, record.home, record.away, sheet)
        return opened, () if box is None else _letters_of_an_ended_run(box, revision, silent=silent)
    if box is None:
        raise RejectedRecord(f"game {record.game} has a record before its opening")
    if record.run != box.run:
        return box, ()
    results = _Results(box, revision, silent=silent)
    if type(record) is Played:
        _play(box, record.entry, results)
    else:
        _refold(box, _first_change(box, record), results)
    _settle(box, results)
    return box, results.written


def _letters_of_an_ended_run(box: Box, revision: int, *, silent: bool) -> Sequence[Result]:
    results = _Results(box, revision, silent=silent)
    for letter in box.dead_letters:
        results.add(DeadLetterClosed, letter, "gone")
    return results.written


def _play(box: Box, entry: Entry, results: _Results) -> None:
    box.entries.append(entry)
    if (box.finished is not None or box.mended) and (_speak_again(box) or _left_over(box)):
        _refold(box, len(box.entries) - 1, results)
    elif _enter(box, entry, results, {}):
        results.document()


def _speak_again(box: Box) -> bool:
    """Drop what was concluded from the feed's silence: that the game was over, that its last line stays unfinished."""
    finished = box.finished
    if finished is None:
        return False
    tail = finished.tail
    if tail is not None and box.entries and box.entries[-1].number >= tail.number:
        tail = None
    box.finished = None if finished.by == "silence" else replace(finished, tail=tail)
    return box.finished != finished


def _first_change(box: Box, record: GameRecord) -> int:
    """Take *record* in and return the position of the first entry whose document it changes."""
    first = 0
    match record:
        case Corrected():
            box.entries[record.keep :] = record.entries
            _speak_again(box)
            first = record.keep
        case Voided() | Confirmed():
            before = box.edits.get(record.event_id)
            status: PlayStatus = "voided" if isinstance(record, Voided) else "confirmed"
            first = _edit(box, record.event_id, Edit(before.event if before else None, status))
        case Amended():
            first = _edit(box, record.event.event_id, Edit(record.event, "amended"))
        case Finished():
            if box.finished is None or box.finished.by == "silence" or record.by == "operator":
                box.finished = record
            first = len(box.entries)
        case Mended():
            if _LETTER.fullmatch(record.dead_letter) is None:
                raise RejectedRecord(
                    f"{record.dead_letter!r} names no dead letter: twelve hexadecimal digits, -, a number"
                )
            box.mended[record.dead_letter] = record.event
            letters = (record.dead_letter.startswith(_stem(box, entry.raw)) for entry in box.entries)
            first = next((position for position, found in enumerate(letters) if found), len(box.entries))
        case RosterAmended():
            box.home = replace(box.home, players=record.home.players)
            box.away = replace(box.away, players=record.away.players)
    return first


def _edit(box: Box, event_id: int, edit: Edit) -> int:
    box.edits[event_id] = edit
    ids = (getattr(entry.event, "event_id", None) for entry in box.entries)
    return next((position for position, one in enumerate(ids) if one == event_id), 0)


def _refold(box: Box, first: int, results: _Results) -> None:
    """Fold all entries on a fresh sheet; write the documents from entry *first* on, the newest one last."""
    ids_before, letters_before, finished = box.document_ids, box.dead_letters, box.finished
    box.sheet = ScoreSheet(box.home, box.away, box.format)
    box.document_ids, box.dead_letters, box.occurrences, box.finished = [], {}, {}, None
    for position, entry in enumerate(box.entries):
        if position == first and box.document_ids:  # what followed may have written this one again
            results.document()
        if _enter(box, entry, results, letters_before) and position >= first:
            results.document()
    _enter_left_over(box)
    if finished is not None and finished.tail is not None:
        reason = getattr(finished.tail.event, "reason", "the last line is unfinished")
        _reject(box, finished.tail, reason, results, letters_before)
    box.finished = finished
    _close_letters(box, letters_before, results)
    for event_id in sorted(set(ids_before) - set(box.document_ids)):
        results.gone(event_id)
    if box.document_ids:
        results.document()


def _enter(box: Box, entry: Entry, results: _Results, listed: dict[str, str]) -> bool:
    """Write *entry* on the sheet, or list it as a dead letter; return whether a document is due."""
    sheet, was_closed = box.sheet, box.sheet.closed
    try:
        due = _write_down(box, entry.event)
    except RejectedRecord as error:
        due = _reject(box, entry, str(error), results, listed)
        # A shot at 00:00 whose shooter is unknown is a dead letter and ends the game all the same.
        due = due or (sheet.closed and not was_closed and sheet.event_id >= 0)
    if due and (not box.document_ids or box.document_ids[-1] != sheet.event_id):
        box.document_ids.append(sheet.event_id)
    return due


def _write_down(box: Box, event: Event) -> bool:
    status: PlayStatus = ""
    if box.edits and not isinstance(event, GameOver | Rejected):
        edit = box.edits.get(event.event_id)
        if edit is not None:
            event, status = edit.event or event, edit.status
    return box.sheet.enter(event, status)


def _reject(box: Box, entry: Entry, reason: str, results: _Results, listed: dict[str, str]) -> bool:
    """Take the mended event in place of *entry* where there is one; else list it, once. Return whether it counted."""
    stem = _stem(box, entry.raw)
    occurrence = box.occurrences.get(stem, 0) + 1
    box.occurrences[stem] = occurrence
    letter = f"{stem}-{occurrence}"
    mended = box.mended.get(letter)
    if mended is not None:
        try:
            return _write_down(box, mended)
        except RejectedRecord as error:
            reason = f"{reason}; mended, and still: {error}"
    box.dead_letters[letter] = reason
    if listed.get(letter) != reason:
        results.add(DeadLetter, letter, entry.number, entry.raw, reason)
    return False


def _enter_left_over(box: Box) -> None:
    """Count the mended entries that have left the feed since, unless the feed itself says something else by now."""
    for event in _left_over(box):
        try:
            _write_down(box, event)
        except RejectedRecord:  # the feed has the last word: the id stands for what it says now
            continue
    sheet_id = box.sheet.event_id
    if sheet_id >= 0 and box.document_ids[-1:] != [sheet_id]:
        box.document_ids.append(sheet_id)


def _left_over(box: Box) -> list[PlayedEvent]:
    """Return the mended events whose rejected entries are not in the feed."""
    left_over = []
    for letter, event in box.mended.items():
        stem, occurrence = letter.rsplit("-", 1)
        if int(occurrence) > box.occurrences.get(stem, 0):
            left_over.append(event)
    return left_over


def _close_letters(box: Box, letters_before: dict[str, str], results: _Results) -> None:
    closed = [letter for letter in letters_before if letter not in box.dead_letters]
    if not closed:
        return
    stems = Counter(_stem(box, entry.raw) for entry in box.entries)
    if box.finished is not None and box.finished.tail is not None:
        stems[_stem(box, box.finished.tail.raw)] += 1
    for letter in closed:
        stem, occurrence = letter.rsplit("-", 1)
        results.add(DeadLetterClosed, letter, "mended" if int(occurrence) <= stems[stem] else "gone")


def _stem(box: Box, raw: bytes) -> str:
    """Return what the identities of all dead letters with these bytes begin with: a hash of game, run and bytes."""
    return hashlib.sha256(f"{box.game}\0{box.run}\0".encode() + raw).hexdigest()[:12]


def _settle(box: Box, results: _Results) -> None:
    """Tell what a final game adds to the season, and take it back where a correction makes the game live again."""
    if box.format != "gamestream":  # rosters a feed brings are not those of the reference tables: nothing to add to
        return
    if box.final:
        if results.changed or not box.settled:
            home, away = box.sheet.home, box.sheet.away
            teams = (_team_result(home), _team_result(away))
            results.add(Settled, teams, _player_results(home) + _player_results(away))
        box.settled = True
    elif box.settled:
        results.add(Unsettled)
        box.settled = False


def _team_result(side: SideSheet) -> TeamResult:
    status = side.box.status
    return TeamResult(int(side.team.id), wins=int(status == "winning"), losses=int(status == "losing"))


def _player_results(side: SideSheet) -> tuple[PlayerResult, ...]:
    return tuple(PlayerResult(int(line.id), line.shots, line.goals) for line in side.box.players)


def summary_of(box: Box, updated_ms: int) -> GameSummary:
    """Return where the game stands, in one line; the log got its newest record at *updated_ms*."""
    sheet = box.sheet
    return GameSummary(
        game=box.game,
        state="final" if box.final else "live",
        run=box.run,
        home=box.home.name,
        away=box.away.name,
        home_score=sheet.home.box.score,
        away_score=sheet.away.box.score,
        period=sheet.period,
        clock=format_clock(0 if box.final else sheet.clock_s),
        event_id=sheet.event_id,
        dead_letters=len(box.dead_letters),
        last_play=sheet.plays[-1].text if sheet.plays else "",
        updated_ms=updated_ms,
    )


def _topic_of(result: Result) -> str:
    return GAMES_DEAD_LETTERS if isinstance(result, DeadLetter | DeadLetterClosed) else BOX_SCORES


BOX_SCORE: Final[KeyedFold[Box, GameRecord, Result]] = KeyedFold(
    name="box_score",
    source=GAMES,
    targets=(GAMES_DEAD_LETTERS, BOX_SCORES),
    decode=decode_game_record,
    apply=apply,
    encode=encode_result,
    topic_of=_topic_of,
)
