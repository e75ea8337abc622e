import shlex
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pressbox.model.overview import (
    BEHIND_S,
    FREE_BYTES_MIN,
    LATENCY_BOUNDS_S,
    STALE_S,
    DeadLettersOverview,
    DiskOverview,
    GameProblem,
    GamesOverview,
    Latency,
    StaleGame,
    finish_command,
    mend_command,
    shown,
    standing_of,
)
from tests.serve.stand import overview, part


@dataclass
class Case:
    facts: dict[str, object]
    judgement: str
    what: str
    do: str


TOLD_MS = overview().told_ms
STATES = {"live": 1, "waiting": 0, "final": 0}
CASES = {
    "a part that says what is wrong": Case(
        {"parts": (part("documents", standing="broken", problem="no disk"),)},
        "broken",
        "store documents: no disk",
        "it is tried again by itself and catches up; what was said is safe in the log",
    ),
    "a part that is behind": Case(
        {"parts": (part("fold", standing="behind", lag_records=12, lag_s=31.4),)},
        "behind",
        "the fold has 12 records to take, the oldest for 31 s",
        "it catches up by itself; look at its rate, and at the machine",
    ),
    "a game that does not move": Case(
        {"games": GamesOverview(STATES, 0, (), 1, (GameProblem("one", "no rosters yet"),))},
        "broken",
        "game one: no rosters yet",
        "`pressbox games list`",
    ),
    "a live game with nothing new": Case(
        {"games": GamesOverview(STATES, 1, (StaleGame("a b", TOLD_MS - 1_000_000),))},
        "behind",
        "game a b is live, and nothing new came for 16 min",
        "look at its feed; where it is over: `pressbox games finish 'a b'`",
    ),
    "an open dead letter": Case(
        {"dead_letters": DeadLettersOverview(1)},
        "broken",
        "1 entry was refused",
        "mend them as the dead letters below say",
    ),
    "dead letters nobody can read": Case(
        {"dead_letters": DeadLettersOverview(problem="disk I/O error")},
        "broken",
        "dead letters cannot be read: disk I/O error",
        "look at the disk",
    ),
    "a gap": Case(
        {"gaps": ("store x missed 3",), "gaps_total": 1},
        "broken",
        "store x missed 3",
        "raise log.disk_mb_max; what the store misses is gone from the log",
    ),
    "a disk that is almost full": Case(
        {"disk": DiskOverview(FREE_BYTES_MIN - 1, 1 << 40)},
        "behind",
        "the disk has 255 MB free",
        "make room: on a full disk the log takes nothing",
    ),
}


def test_where_nothing_is_wrong_everything_moves() -> None:
    verdict = overview().verdict
    assert (verdict.judgement, verdict.sentence, verdict.reasons) == ("moving", "Everything moves", ())


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_verdict_names_what_is_wrong_and_what_to_do(case: Case) -> None:
    verdict = overview(**case.facts).verdict
    (reason,) = verdict.reasons
    assert (verdict.judgement, reason.what, reason.do) == (case.judgement, case.what, case.do)


def test_the_worst_reason_is_the_verdict_and_stands_first() -> None:
    verdict = overview(**{**CASES["a part that is behind"].facts, **CASES["an open dead letter"].facts}).verdict
    assert verdict.sentence == "Something is refused or broken"
    assert [reason.judgement for reason in verdict.reasons] == ["broken", "behind"]


def test_what_is_not_named_is_counted() -> None:
    problems, stale = (GameProblem("one", "no"),), (StaleGame("two", TOLD_MS - 1_000_000),)
    reasons = overview(games=GamesOverview(STATES, 5, stale, 9, problems)).verdict.reasons
    assert [reason.what for reason in reasons] == [
        "game one: no",
        "8 more games do not move",
        "game two is live, and nothing new came for 16 min",
        "4 more live games have nothing new",
    ]


@pytest.mark.parametrize(
    ("lag_records", "lag_s", "problem", "standing"),
    [
        (None, None, "", "idle"),
        (0, 0.0, "", "idle"),
        (3, BEHIND_S, "", "moving"),
        (3, BEHIND_S + 0.1, "", "behind"),
        (3, BEHIND_S + 0.1, "away", "broken"),
    ],
)
def test_how_a_part_stands_follows_from_its_lag(
    lag_records: int | None, lag_s: float | None, problem: str, standing: str
) -> None:
    assert standing_of(lag_records, lag_s, problem) == standing


@given(st.lists(st.integers(0, 5), min_size=12, max_size=12), st.sampled_from((0.5, 0.99, 1.0)))
def test_a_latency_within_which_a_share_was_through_is_never_too_low(counts: list[int], share: float) -> None:
    latency = Latency(tuple(counts), 0.0)
    bound = latency.within_s(share)
    if bound is not None:
        assert sum(counts[: LATENCY_BOUNDS_S.index(bound) + 1]) >= share * sum(counts) > 0
    elif sum(counts):
        assert sum(counts[:-1]) < share * sum(counts)


def test_what_was_refused_is_cut_visibly_and_only_where_it_is_long() -> None:
    assert shown("ö" * 200) == "ö" * 200
    assert shown("ö" * 201) == "ö" * 199 + "…"


@given(st.text(st.characters(exclude_categories=("Cs", "Cc"))))
def test_a_shell_takes_a_command_as_it_is_meant(name: str) -> None:
    assert shlex.split(finish_command(name)) == ["pressbox", "games", "finish", name]


def test_what_a_store_refused_is_replayed_without_a_line_and_what_is_of_no_run_is_shown() -> None:
    assert mend_command("3f", 1, "") == 'pressbox deadletters replay 3f --line "as it should say"'
    assert mend_command("3f", 1, "documents") == "pressbox deadletters replay 3f"
    assert mend_command("3f", 0, "") == "pressbox deadletters show 3f"


def test_a_game_is_stale_only_after_any_break_between_periods() -> None:
    assert STALE_S >= 15 * 60
