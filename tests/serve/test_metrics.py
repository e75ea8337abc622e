"""`/metrics`, read as a scraper reads it."""

from pathlib import Path

import pytest
from msgspec.structs import replace
from prometheus_client import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from pressbox.model.overview import (
    LATENCY_BOUNDS_S,
    DeadLettersOverview,
    Flow,
    GamesOverview,
    Latency,
    Overview,
    PartitionOverview,
    RestartOverview,
    SensorsOverview,
)
from pressbox.serve.metrics import metrics
from tests.serve.conftest import Serve
from tests.serve.stand import Memory, overview, part, services

EVIL = 'a"b\\c\nd'
COUNTS = (4, 0, 2, *[0] * 8, 1)
BUSY = overview(
    parts=(
        part("source", flow=Flow(12, 4, (), 1_800_000_000_500), latency=Latency(tuple(COUNTS), 61.5)),
        part("fold", lag_records=3, lag_s=1.5, cursors={0: 9, 1: 11}),
        part(EVIL, standing="broken", problem="away", lag_records=8, lag_s=7.25),
    ),
    partitions=(PartitionOverview("games", 0, 2, 5, 12, 8 << 20), PartitionOverview("games", 1, 2, 0, 11, 16 << 20)),
    games=GamesOverview({"live": 3, "waiting": 1, "final": 9000}, 2, (), 1, ()),
    dead_letters=DeadLettersOverview(17),
    gaps_total=1,
    restart=RestartOverview(
        is_first=False,
        was_clean=False,
        recovery_s=0.75,
        records_folded_again=900,
        results_appended=4,
        groups_cut=("cut",),
        results_offered={"documents": 5},
    ),
)


def families(seen: Overview) -> dict[str, Metric]:
    return {family.name: family for family in text_string_to_metric_families(metrics(seen).decode())}


def values(found: dict[str, Metric], name: str) -> dict[tuple[str, ...], float]:
    return {tuple(sample.labels.values()): sample.value for sample in found[name].samples}


def test_every_number_is_that_of_the_overview() -> None:
    found = families(BUSY)
    assert values(found, "pressbox_records_taken")["source", "games"] == 12
    assert values(found, "pressbox_lag_records") == {("fold", "games"): 3, (EVIL, "boxscores"): 8}
    assert values(found, "pressbox_lag_seconds") == {("fold", "games"): 1.5, (EVIL, "boxscores"): 7.25}
    assert values(found, "pressbox_progressed_seconds") == {("source", "games"): 1_800_000_000.5}
    assert values(found, "pressbox_part_broken")[EVIL, "boxscores"] == 1
    cursors = found["pressbox_cursor_offset"].samples
    assert [one.value for one in cursors if one.labels["part"] == "fold"] == [9, 11]
    assert values(found, "pressbox_log_start_offset") == {("0", "games"): 5, ("1", "games"): 0}
    assert values(found, "pressbox_log_end_offset") == {("0", "games"): 12, ("1", "games"): 11}
    assert values(found, "pressbox_log_disk_bytes") == {("0", "games"): 8 << 20, ("1", "games"): 16 << 20}
    assert values(found, "pressbox_log_generation") == {("0", "games"): 2, ("1", "games"): 2}
    assert values(found, "pressbox_games") == {("live",): 3, ("waiting",): 1, ("final",): 9000}
    assert values(found, "pressbox_restart_offered_results") == {("documents",): 5}
    plain = {
        "pressbox_up_since_seconds": 1_800_000_000,
        "pressbox_disk_free_bytes": 5 << 30,
        "pressbox_disk_size_bytes": 9 << 30,
        "pressbox_page_readers": 3,
        "pressbox_stale_games": 2,
        "pressbox_held_up_games": 1,
        "pressbox_open_dead_letters": 17,
        "pressbox_gaps": 1,
        "pressbox_restart_clean": 0,
        "pressbox_restart_recovery_seconds": 0.75,
        "pressbox_restart_folded_records": 900,
        "pressbox_restart_appended_results": 4,
        "pressbox_restart_cut_groups": 1,
    }
    assert {name: values(found, name)[()] for name in plain} == plain


def test_the_verdict_is_one_state_of_three() -> None:
    assert values(families(BUSY), "pressbox_verdict") == {("broken",): 1, ("behind",): 0, ("moving",): 0}
    assert values(families(overview()), "pressbox_verdict") == {("broken",): 0, ("behind",): 0, ("moving",): 1}


def test_a_latency_is_a_histogram_whose_buckets_add_up() -> None:
    samples = [one for one in families(BUSY)["pressbox_latency_seconds"].samples if one.labels["part"] == "source"]
    buckets = [(one.labels["le"], one.value) for one in samples if one.name.endswith("_bucket")]
    assert [float(bound) for bound, _ in buckets] == [*LATENCY_BOUNDS_S, float("inf")]
    assert [count for _, count in buckets] == [4, 4, *[6] * 9, 7]
    assert {one.name: one.value for one in samples if "le" not in one.labels} == {
        "pressbox_latency_seconds_count": 7,
        "pressbox_latency_seconds_sum": 61.5,
    }


def test_names_follow_the_rules_of_the_field() -> None:
    found = families(BUSY)
    assert all(name.startswith(("pressbox", "process_")) for name in found)
    for family in found.values():
        assert family.documentation
        assert family.name.endswith(family.unit)
        if family.type == "counter":
            assert all(sample.name.endswith("_total") for sample in family.samples if "_created" not in sample.name)


def test_what_nobody_knows_is_left_out() -> None:
    found = families(overview(dead_letters=DeadLettersOverview(problem="away")))
    assert "pressbox_open_dead_letters" not in found
    assert ("source", "games") not in values(found, "pressbox_lag_records")


def test_more_games_are_no_more_series() -> None:
    def series(games: GamesOverview) -> int:
        return sum(len(family.samples) for family in families(overview(games=games)).values())

    few, many = ({"live": count, "waiting": count, "final": count} for count in (1, 10_000))
    assert series(GamesOverview(few)) == series(GamesOverview(many))


def test_a_scrape_is_openmetrics_and_never_kept(serve: Serve) -> None:
    answer = serve(services(Memory(), seen=lambda: BUSY)).get("/metrics")
    assert answer.headers["content-type"] == "application/openmetrics-text; version=1.0.0; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.text.endswith("# EOF\n")
    assert {one.name for one in text_string_to_metric_families(answer.text)} == set(families(BUSY))


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="the library reads /proc only")
def test_the_process_tells_what_it_takes_of_the_machine() -> None:
    assert values(families(overview()), "process_resident_memory_bytes")[()] > 1 << 20


SENSORS = SensorsOverview(
    kind="listener",
    connections=46,
    messages=Flow(230, 200),
    samples=Flow(1150, 1000),
    rejected=Flow(3, 1),
    refusals={"bad_password": 2, EVIL: 1},
    dead_letters_total=4,
)


def test_what_devices_bring_and_are_refused_is_counted() -> None:
    found = families(overview(sensors=SENSORS))
    assert values(found, "pressbox_device_connections") == {(): 46}
    assert values(found, "pressbox_sensor_messages") == {(): 230}
    assert values(found, "pressbox_sensor_samples") == {(): 1150}
    assert values(found, "pressbox_sensor_rejected_messages") == {(): 3}
    assert values(found, "pressbox_device_refusals") == {("bad_password",): 2, (EVIL,): 1}
    assert values(found, "pressbox_open_sensor_dead_letters") == {(): 4}


def test_without_sensors_nothing_is_told_of_them_and_letters_that_cannot_be_read_are_not_none() -> None:
    assert not [name for name in families(overview()) if "sensor" in name or "device" in name]
    unread = families(overview(sensors=replace(SENSORS, dead_letters_total=None)))
    assert "pressbox_open_sensor_dead_letters" not in unread
