"""Where everything stands, over real files: what an operator sees of a data folder."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pressbox.codec.reference import encode_players, encode_teams
from pressbox.model.overview import NAMED_MAX, STALE_S, Overview, PartOverview
from pressbox.settings import LogSettings, Settings
from pressbox.simulate.reference import REFERENCE
from pressbox.stores.sqlite_documents import SqliteDocumentSettings
from pressbox.wiring import Pressbox

A = "0 59:51 101 2 0\n"
B = "1 57:06 101 6 1\n"
NOBODY = "2 56:13 205 77 1\n"


class Hand:
    """A clock whose hand is moved by the test."""

    def __init__(self) -> None:
        self.ms = 1_800_000_000_000

    def now_ms(self) -> int:
        return self.ms

    def monotonic_s(self) -> float:
        return self.ms / 1000


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "gamestreams").mkdir()
    with Pressbox(Settings(), tmp_path) as opened:
        opened.operations.reference_load(
            encode_teams(REFERENCE.teams).decode(), encode_players(REFERENCE.players).decode()
        )
    return tmp_path


def feed(data: Path, content: str, name: str = "game") -> None:
    (data / "gamestreams" / f"{name}.txt").write_text(content)


@contextmanager
def opened(data: Path, settings: Settings | None = None, clock: Hand | None = None) -> Iterator[Pressbox]:
    with Pressbox(settings or Settings(), data, clock) as one:
        yield one


def part(seen: Overview, name: str) -> PartOverview:
    return next(one for one in seen.parts if one.name == name)


def lags(seen: Overview) -> dict[str, tuple[int | None, float | None]]:
    return {one.name: (one.lag_records, one.lag_s) for one in seen.parts if one.role != "source"}


def test_a_record_is_followed_from_the_feed_to_the_stores(data: Path) -> None:
    clock = Hand()
    with opened(data, clock=clock) as one:
        feed(data, A + B + NOBODY)
        one.source.poll()
        clock.ms += 7_000
        seen = one.observation.look()
        assert part(seen, "source").flow.total == 4
        assert lags(seen)["fold"] == (4, 7.0)
        assert part(seen, "fold").standing == "behind"
        assert [reason.what for reason in seen.verdict.reasons] == [
            "the fold has 4 records to take, the oldest for 7 s"
        ]
        one.runner.step(0)
        clock.ms += 2_000
        seen = one.observation.look()
        assert lags(seen)["fold"] == (0, 0.0)
        assert lags(seen)["documents"] == (2, 2.0)
        assert part(seen, "documents").standing == "moving"
        one.catch_up()
        seen = one.observation.look()
    assert lags(seen) | {"live pages": (0, 0.0)} == dict.fromkeys(lags(seen), (0, 0.0))
    assert [(part(seen, name).flow.total, part(seen, name).cursors) for name in ("fold", "documents")] == [
        (4, {0: 4}),
        (2, {0: 2}),
    ]
    fold = part(seen, "fold").latency
    assert fold is not None
    assert (fold.total, fold.sum_s) == (4, 28.0)


def test_the_log_is_told_by_partition_with_what_it_takes_of_the_disk(data: Path) -> None:
    settings = Settings(log=LogSettings(path="other", partitions=2, segment_mb=1))
    feed(data, A)
    with opened(data, settings) as one:
        one.source.poll()
        one.catch_up()
        seen = one.observation.look()
        segments = sum(file.stat().st_size for file in (data / "other").rglob("*.log"))
        assert sum(partition.disk_bytes for partition in seen.partitions) == segments > 0
        for partition in seen.partitions:
            assert partition.end == one.log.end(partition.topic, partition.partition)
    assert len(seen.partitions) == 6
    assert seen.disk.total_bytes >= seen.disk.free_bytes > 0


def test_a_lag_is_never_negative_even_where_clocks_are_set_back(data: Path) -> None:
    clock = Hand()
    with opened(data, clock=clock) as one:
        feed(data, A + B)
        one.source.poll()
        clock.ms -= 3_600_000
        seen = one.observation.look()
        assert lags(seen)["fold"] == (3, 0.0)


def test_a_store_that_is_away_lags_by_what_it_misses_and_says_why(data: Path) -> None:
    settings = Settings(documents=SqliteDocumentSettings(path="away"))
    feed(data, A + B)
    with opened(data, settings) as one:
        one.source.poll()
        one.catch_up()
    (data / "away").rename(data / "away.kept")
    (data / "away").mkdir()
    feed(data, A + B + "3 55:13 205 9 1\n")
    with opened(data, settings) as one:
        one.source.poll()
        one.catch_up()
        seen = one.observation.look()
    documents = part(seen, "documents")
    assert (documents.standing, documents.lag_records, documents.cursors) == ("broken", 3, {})
    assert seen.verdict.judgement == "broken"
    assert "documents" not in seen.restart.results_offered
    assert part(seen, "settlements").standing == "idle"


def test_what_was_refused_is_named_newest_first_with_the_way_to_mend_it(data: Path) -> None:
    clock = Hand()
    with opened(data, clock=clock) as one:
        for number in range(60):
            clock.ms += 2_000
            feed(data, A + NOBODY, f"game-{number:02}")
            one.source.poll()
            one.catch_up()
        letters = one.observation.look().dead_letters
        total = len(one.operations.deadletters_list())
        assert (letters.open_total, len(letters.newest)) == (total, 50) == (60, 50)
        newest = letters.newest[0]
        assert newest.game == "game-59"
        assert newest.mend == f'pressbox deadletters replay {newest.id} --line "as it should say"'
        times = [letter.refused_ms or 0 for letter in letters.newest]
        assert times == sorted(times, reverse=True)


def test_what_was_refused_before_this_process_is_told_too(data: Path) -> None:
    feed(data, A + NOBODY)
    with opened(data) as one:
        one.source.poll()
        one.catch_up()
    with opened(data) as one:
        assert one.observation.look().dead_letters.open_total == 1


def test_a_live_game_without_news_is_stale_and_a_final_one_is_not(data: Path) -> None:
    clock = Hand()
    feed(data, A, "live")
    feed(data, A + "-1 00:00 0 0 0\n", "over")
    with opened(data, clock=clock) as one:
        one.source.poll()
        one.catch_up()
        assert one.observation.look().games.stale == ()
        clock.ms += int(STALE_S * 1000) + 1
        games = one.observation.look().games
        assert [(stale.game, stale.newest_ms) for stale in games.stale] == [("live", 1_800_000_000_000)]
        assert games.by_state == {"live": 1, "waiting": 0, "final": 1}


def test_of_many_games_that_do_not_move_some_are_named_and_all_are_counted(data: Path) -> None:
    for number in range(NAMED_MAX + 3):
        (data / "gamestreams" / f"{number:02}.json").write_text("{")
    with opened(data) as one:
        one.source.poll()
        games = one.observation.look().games
    assert (games.problems_total, [problem.game for problem in games.problems]) == (
        NAMED_MAX + 3,
        [f"{number:02}" for number in range(NAMED_MAX)],
    )


def test_the_first_start_has_nothing_to_repeat(tmp_path: Path) -> None:
    with opened(tmp_path) as one:
        restart = one.observation.look().restart
    assert (restart.is_first, restart.was_clean, restart.records_folded_again, restart.results_appended) == (
        True,
        True,
        0,
        0,
    )


def test_a_clean_restart_folds_again_and_appends_nothing(data: Path) -> None:
    feed(data, A + B + NOBODY)
    with opened(data) as one:
        one.source.poll()
        one.catch_up()
    with opened(data) as one:
        restart = one.observation.look().restart
        assert part(one.observation.look(), "fold").flow.total == 0
    assert (restart.is_first, restart.was_clean, restart.records_folded_again, restart.results_appended) == (
        False,
        True,
        4,
        0,
    )
    assert restart.results_offered == {"documents": 0, "settlements": 0, "dead letters": 0}


def test_results_that_were_kept_from_their_topics_are_appended_and_counted(data: Path) -> None:
    feed(data, A + B + NOBODY)
    with opened(data) as one:
        one.source.poll()  # and the process ends before anything is folded
    with opened(data) as one:
        restart = one.observation.look().restart
        ends = one.log.end("boxscores", 0) + one.log.end("games-deadletters", 0)
    assert (restart.records_folded_again, restart.results_appended) == (4, ends) == (4, 3)


def test_results_a_store_has_not_covered_are_offered_to_it(data: Path) -> None:
    feed(data, A + B)
    with opened(data) as one:
        one.source.poll()
        one.runner.step(0)  # and the process ends before a store has taken anything
    with opened(data) as one:
        assert one.observation.look().restart.results_offered == {"documents": 2, "settlements": 2, "dead letters": 0}


def test_many_who_look_cost_one_look_a_second(data: Path) -> None:
    clock = Hand()
    with opened(data, clock=clock) as one:
        first = one.observation.overview()
        assert one.observation.overview() is first
        clock.ms += 1_000
        assert one.observation.overview() is not first
