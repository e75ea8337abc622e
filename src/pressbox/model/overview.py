"""
The overview: one value that answers whether everything moves, what is behind, what was refused, what a restart repeated.

The operations page, `/metrics`, `/api/operations` and `pressbox status` all show this value and nothing else. Whoever
gathers it tells the facts; `judged` adds the verdict, which follows from the facts alone.
"""

import shlex
from itertools import accumulate
from typing import Final, Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

Standing: TypeAlias = Literal["idle", "moving", "behind", "broken"]
Judgement: TypeAlias = Literal["moving", "behind", "broken"]

BEHIND_S: Final = 5.0
"""A part whose oldest record not yet taken is older than this is behind."""

STALE_S: Final = 900.0
"""A live game with nothing new for this long is stale: longer than any break between periods."""

FREE_BYTES_MIN: Final = 256 << 20
"""A disk with less room is told of before the log has to refuse."""

SHOWN_MAX: Final = 50
"""How many dead letters an overview names; their number is always told whole."""

NAMED_MAX: Final = 10
"""How many games, gaps or refusals of one kind an overview names."""

LATENCY_BOUNDS_S: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0)


class Flow(Struct, frozen=True):
    """
    What passed since the process is up: *total*, in the *last_minute*, and when the last of it did.

    *recent* are sixty counts of five seconds each, oldest first; the last one is still under way.
    """

    total: int = 0
    last_minute: int = 0
    recent: tuple[int, ...] = ()
    progressed_ms: int | None = None


class Latency(Struct, frozen=True):
    """How long passing took: the number of each bucket of `LATENCY_BOUNDS_S`, and last of what took longer."""

    counts: tuple[int, ...]
    sum_s: float

    @property
    def total(self) -> int:
        """How many were timed."""
        return sum(self.counts)

    def within_s(self, share: float) -> float | None:
        """Return the lowest bound that *share* of all kept to; None where none did, or nothing was timed."""
        wanted = share * self.total
        reached = zip(accumulate(self.counts), LATENCY_BOUNDS_S, strict=False)
        return next((bound for so_far, bound in reached if so_far >= wanted > 0), None)


class PartOverview(Struct, frozen=True, kw_only=True):
    """
    A part that takes records: the source, the fold, or a store.

    *cursors* are the next offsets it takes of *topic* by partition, empty while unknown. *lag_s* is the age of the
    oldest record not yet taken. Lag is None where it cannot be known: a source has not seen what it has not read.
    """

    name: str
    role: Literal["source", "fold", "store"]
    kind: str
    topic: str
    generation: int
    standing: Standing
    flow: Flow
    cursors: dict[int, int]
    lag_records: int | None = None
    lag_s: float | None = None
    latency: Latency | None = None
    problem: str = ""


class PartitionOverview(Struct, frozen=True):
    """One partition of the log: its oldest offset, the next one, and what it takes of the disk."""

    topic: str
    partition: int
    generation: int
    start: int
    end: int
    disk_bytes: int


class DiskOverview(Struct, frozen=True):
    """The disk the log is on."""

    free_bytes: int
    total_bytes: int


class StaleGame(Struct, frozen=True):
    """A live game, and when its newest record came."""

    game: str
    newest_ms: int


class GameProblem(Struct, frozen=True):
    """A game that does not move, and the sentence that says why."""

    game: str
    problem: str


class GamesOverview(Struct, frozen=True):
    """How many games there are by state, are stale or have a problem, and the first of those by name."""

    by_state: dict[str, int]
    stale_total: int = 0
    stale: tuple[StaleGame, ...] = ()
    problems_total: int = 0
    problems: tuple[GameProblem, ...] = ()


class OpenDeadLetter(Struct, frozen=True):
    """
    What was refused and needs somebody: an entry of a feed, or a result where *store* names who refused it.

    *number* is the line of the feed, or the result's offset. *raw* and *reason* are cut where they are long; *mend* is
    the command.
    """

    id: str
    game: str
    number: int
    reason: str
    raw: str
    mend: str
    refused_ms: int | None = None
    store: str = ""


class DeadLettersOverview(Struct, frozen=True):
    """How many dead letters are open in all, and the newest of them; *problem* says why neither is known."""

    open_total: int = 0
    newest: tuple[OpenDeadLetter, ...] = ()
    problem: str = ""


class SensorsOverview(Struct, frozen=True, kw_only=True):
    """
    What comes from devices, in numbers only: all else of it is medical.

    *connections* are devices at a listener, or the one to a broker. *rejected* became dead letters when they came;
    *dead_letters_total* are all that need somebody, None where that cannot be read now. *refusals* are counted by
    reason since the process is up.
    """

    kind: str
    connections: int
    messages: Flow
    samples: Flow
    rejected: Flow
    refusals: dict[str, int]
    dead_letters_total: int | None


class RestartOverview(Struct, frozen=True, kw_only=True):
    """
    What the last start of this process repeated.

    *is_first* where there was no log, *was_clean* where the log had been closed and nothing was written since.
    *results_appended* are those a crash had kept from their topics. *results_offered* are, by store, the results the log
    held already and the store's cursor did not cover; a store that was away then is not in it.
    """

    is_first: bool
    was_clean: bool
    recovery_s: float
    records_folded_again: int
    results_appended: int
    groups_cut: tuple[str, ...] = ()
    results_offered: dict[str, int] = {}


class EventsOverview(Struct, frozen=True):
    """What came of mobile games; *dead_letters_total* is None where their store cannot be read."""

    stored: Flow
    dead_letters_total: int | None
    forgotten_total: int


class Reason(Struct, frozen=True):
    """Why not all is well: *what* is so, and what to *do* about it."""

    judgement: Judgement
    what: str
    do: str


class Verdict(Struct, frozen=True):
    """The one word, and the worst reasons first; without any everything moves."""

    judgement: Judgement = "moving"
    reasons: tuple[Reason, ...] = ()

    @property
    def sentence(self) -> str:
        """The verdict as people read it."""
        return _SENTENCES[self.judgement]


class Overview(Struct, frozen=True, kw_only=True):
    """Where everything stands at *told_ms*."""

    version: str
    profile: dict[str, str]
    up_since_ms: int
    told_ms: int
    parts: tuple[PartOverview, ...]
    partitions: tuple[PartitionOverview, ...]
    disk: DiskOverview
    readers: int
    games: GamesOverview
    dead_letters: DeadLettersOverview
    gaps_total: int
    gaps: tuple[str, ...]
    restart: RestartOverview
    sensors: SensorsOverview | None = None
    events: EventsOverview | None = None
    verdict: Verdict = Verdict()


_SENTENCES: Final[dict[Judgement, str]] = {
    "moving": "Everything moves",
    "behind": "Something is behind",
    "broken": "Something is refused or broken",
}
_WORST_FIRST: Final[tuple[Judgement, ...]] = ("broken", "behind")
_CHARACTERS_MAX: Final = 200
_CUT: Final = "…"
_MEGABYTE: Final = 1 << 20


def standing_of(lag_records: int | None, lag_s: float | None, problem: str) -> Standing:
    """Return how a part stands that has *lag_records* to take, the oldest of them for *lag_s*."""
    if problem:
        return "broken"
    if lag_s is not None and lag_s > BEHIND_S:
        return "behind"
    return "moving" if lag_records else "idle"


def shown(text: str) -> str:
    """Return *text* as an overview shows it: cut where it is long."""
    return text if len(text) <= _CHARACTERS_MAX else text[: _CHARACTERS_MAX - 1] + _CUT


def judged(facts: Overview) -> Overview:
    """Return *facts* with the verdict that follows from them."""
    reasons = [*_of_parts(facts), *_of_games(facts), *_of_refusals(facts), *_of_disk(facts)]
    reasons.sort(key=lambda reason: _WORST_FIRST.index(reason.judgement))
    worst = reasons[0].judgement if reasons else "moving"
    return replace(facts, verdict=Verdict(worst, tuple(reasons)))


def _of_parts(facts: Overview) -> list[Reason]:
    reasons = []
    for part in facts.parts:
        name = f"store {part.name}" if part.role == "store" else f"the {part.name}"
        if part.problem:
            do = "it is tried again by itself and catches up; what was said is safe in the log"
            reasons.append(Reason("broken", f"{name}: {part.problem}", do))
        elif part.standing == "behind":
            what = f"{name} has {part.lag_records} records to take, the oldest for {part.lag_s:.0f} s"
            reasons.append(Reason("behind", what, "it catches up by itself; look at its rate, and at the machine"))
    return reasons


def _of_games(facts: Overview) -> list[Reason]:
    games = facts.games
    reasons = [Reason("broken", f"game {one.game}: {one.problem}", "`pressbox games list`") for one in games.problems]
    if games.problems_total > len(games.problems):
        more = games.problems_total - len(games.problems)
        reasons.append(Reason("broken", f"{more} more games do not move", "`pressbox games list`"))
    for one in games.stale:
        minutes = (facts.told_ms - one.newest_ms) // 60_000
        what = f"game {one.game} is live, and nothing new came for {minutes} min"
        reasons.append(Reason("behind", what, f"look at its feed; where it is over: `{finish_command(one.game)}`"))
    if games.stale_total > len(games.stale):
        more = games.stale_total - len(games.stale)
        reasons.append(Reason("behind", f"{more} more live games have nothing new", "`pressbox games list`"))
    return reasons


def _of_refusals(facts: Overview) -> list[Reason]:
    letters = facts.dead_letters
    reasons = []
    if letters.problem:
        reasons.append(Reason("broken", f"dead letters cannot be read: {letters.problem}", "look at the disk"))
    if letters.open_total:
        what = f"{letters.open_total} {'entry was' if letters.open_total == 1 else 'entries were'} refused"
        reasons.append(Reason("broken", what, "mend them as the dead letters below say"))
    if facts.sensors is not None:
        reasons += _of_sensors(facts.sensors)
    if facts.events is not None and facts.events.dead_letters_total is None:
        reasons.append(Reason("broken", "dead letters of events cannot be read", "look at the disk"))
    do = "raise log.disk_mb_max; what the store misses is gone from the log"
    return reasons + [Reason("broken", gap, do) for gap in facts.gaps]


def _of_sensors(sensors: SensorsOverview) -> list[Reason]:
    if sensors.dead_letters_total is None:
        return [Reason("broken", "dead letters of sensors cannot be read", "look at the disk")]
    if not sensors.dead_letters_total:
        return []
    number = sensors.dead_letters_total
    what = f"{number} {'message' if number == 1 else 'messages'} of sensors {'was' if number == 1 else 'were'} refused"
    return [Reason("broken", what, "`pressbox deadletters list --samples` on this machine; they are medical")]


def _of_disk(facts: Overview) -> list[Reason]:
    if facts.disk.free_bytes >= FREE_BYTES_MIN:
        return []
    free_mb = facts.disk.free_bytes // _MEGABYTE
    return [Reason("behind", f"the disk has {free_mb} MB free", "make room: on a full disk the log takes nothing")]


def mend_command(letter: str, run: int, store: str) -> str:
    """Return the command that tries the dead *letter* again; what is of no run can only be looked at."""
    if store:
        return f"pressbox deadletters replay {shlex.quote(letter)}"
    if run == 0:
        return f"pressbox deadletters show {shlex.quote(letter)}"
    return f'pressbox deadletters replay {shlex.quote(letter)} --line "as it should say"'


def finish_command(game: str) -> str:
    """Return the command that ends *game*."""
    return f"pressbox games finish {shlex.quote(game)}"
