"""The overview as OpenMetrics text. Labels name parts, topics and states only, so a season adds no series."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate
from typing import Final

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
    StateSetMetricFamily,
)
from prometheus_client.openmetrics.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from pressbox.model.overview import LATENCY_BOUNDS_S, EventsOverview, Latency, Overview, PartOverview, SensorsOverview

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST

_JUDGEMENTS: Final = ("moving", "behind", "broken")


def metrics(overview: Overview) -> bytes:
    """Return *overview*, and what the process itself takes of the machine, as OpenMetrics text."""
    registry = CollectorRegistry()
    registry.register(_Told(overview))
    ProcessCollector(registry=registry)
    return bytes(generate_latest(registry))  # type: ignore[no-untyped-call]


class _Told(Collector):
    def __init__(self, overview: Overview) -> None:
        self._overview = overview

    def collect(self) -> Iterable[Metric]:
        yield from _process(self._overview)
        yield from _parts(self._overview.parts)
        yield from _log(self._overview)
        yield from _games(self._overview)
        if self._overview.sensors is not None:
            yield from _sensors(self._overview.sensors)
        if self._overview.events is not None:
            yield from _events(self._overview.events)
        yield from _restart(self._overview)


def _process(overview: Overview) -> Iterator[Metric]:
    kinds = {f"{name}_kind": kind for name, kind in overview.profile.items()}
    yield InfoMetricFamily("pressbox", "Version and profile.", {"version": overview.version, **kinds})
    yield _gauge("pressbox_up_since", "When this process was up.", overview.up_since_ms / 1000, "seconds")
    states = {one: one == overview.verdict.judgement for one in _JUDGEMENTS}
    yield StateSetMetricFamily("pressbox_verdict", "Whether everything moves.", states)
    yield _gauge("pressbox_page_readers", "Readers of pages that move by themselves.", overview.readers)
    yield _gauge("pressbox_disk_free", "Free bytes of the log's disk.", overview.disk.free_bytes, "bytes")
    yield _gauge("pressbox_disk_size", "Bytes of the log's disk.", overview.disk.total_bytes, "bytes")


def _parts(parts: Iterable[PartOverview]) -> Iterator[Metric]:
    names = ["part", "topic"]
    taken = CounterMetricFamily("pressbox_records_taken", "Records taken since this process is up.", labels=names)
    lag = GaugeMetricFamily("pressbox_lag_records", "Records not yet taken.", labels=names)
    lag_s = GaugeMetricFamily("pressbox_lag", "Age of the oldest record not yet taken.", labels=names, unit="seconds")
    progressed = GaugeMetricFamily(
        "pressbox_progressed", "When the last record was taken.", labels=names, unit="seconds"
    )
    broken = GaugeMetricFamily("pressbox_part_broken", "1 where something is wrong with the part.", labels=names)
    cursor = GaugeMetricFamily("pressbox_cursor_offset", "The next offset taken.", labels=[*names, "partition"])
    latency = HistogramMetricFamily(
        "pressbox_latency", "From the file, the log or the result topic into the next.", labels=names, unit="seconds"
    )
    for part in parts:
        labels = [part.name, part.topic]
        taken.add_metric(labels, part.flow.total)
        broken.add_metric(labels, part.standing == "broken")
        if part.lag_records is not None and part.lag_s is not None:
            lag.add_metric(labels, part.lag_records)
            lag_s.add_metric(labels, part.lag_s)
        if part.flow.progressed_ms is not None:
            progressed.add_metric(labels, part.flow.progressed_ms / 1000)
        for partition, offset in part.cursors.items():
            cursor.add_metric([*labels, str(partition)], offset)
        if part.latency is not None:
            latency.add_metric(labels, _buckets(part.latency), part.latency.sum_s)
    yield from (taken, lag, lag_s, progressed, broken, cursor, latency)


def _log(overview: Overview) -> Iterator[Metric]:
    names = ["topic", "partition"]
    start = GaugeMetricFamily("pressbox_log_start_offset", "The oldest offset kept.", labels=names)
    end = GaugeMetricFamily("pressbox_log_end_offset", "The offset the next record gets.", labels=names)
    generation = GaugeMetricFamily("pressbox_log_generation", "The generation of the topic.", labels=names)
    size = GaugeMetricFamily("pressbox_log_disk", "What the segments take of the disk.", labels=names, unit="bytes")
    for one in overview.partitions:
        labels = [one.topic, str(one.partition)]
        start.add_metric(labels, one.start)
        end.add_metric(labels, one.end)
        generation.add_metric(labels, one.generation)
        size.add_metric(labels, one.disk_bytes)
    yield from (start, end, generation, size)


def _games(overview: Overview) -> Iterator[Metric]:
    games = overview.games
    yield _by("pressbox_games", "Games by state.", "state", games.by_state)
    yield _gauge("pressbox_stale_games", "Live games with nothing new for a long time.", games.stale_total)
    yield _gauge("pressbox_held_up_games", "Games that do not move, and say why.", games.problems_total)
    if not overview.dead_letters.problem:
        yield _gauge("pressbox_open_dead_letters", "Refused and not yet mended.", overview.dead_letters.open_total)
    yield _gauge("pressbox_gaps", "Spans a store lost to the limit on disk.", overview.gaps_total)


def _events(events: EventsOverview) -> Iterator[Metric]:
    yield _gauge("pressbox_forgotten_event_ids", "Ids of events that would count again.", events.forgotten_total)
    if events.dead_letters_total is not None:
        total = events.dead_letters_total
        yield _gauge("pressbox_open_event_dead_letters", "Refused of mobile games and not yet mended.", total)


def _sensors(sensors: SensorsOverview) -> Iterator[Metric]:
    yield _gauge("pressbox_device_connections", "Devices connected, or 1 for the broker.", sensors.connections)
    passed = {"messages": sensors.messages, "samples": sensors.samples, "rejected_messages": sensors.rejected}
    for name, flow in passed.items():
        told = f"Sensor {name.replace('_', ' ')} stored since this process is up."
        yield CounterMetricFamily(f"pressbox_sensor_{name}", told, flow.total)
    refused = CounterMetricFamily("pressbox_device_refusals", "What devices were refused.", labels=["reason"])
    for reason, count in sensors.refusals.items():
        refused.add_metric([reason], count)
    yield refused
    if sensors.dead_letters_total is not None:
        total = sensors.dead_letters_total
        yield _gauge("pressbox_open_sensor_dead_letters", "Refused of sensors and not yet mended.", total)


def _restart(overview: Overview) -> Iterator[Metric]:
    restart = overview.restart
    yield _gauge("pressbox_restart_clean", "1 where the log had been closed before.", restart.was_clean)
    yield _gauge("pressbox_restart_recovery", "How long folding again took.", restart.recovery_s, "seconds")
    yield _gauge("pressbox_restart_folded_records", "Records folded again.", restart.records_folded_again)
    yield _gauge("pressbox_restart_appended_results", "Results a crash had kept back.", restart.results_appended)
    yield _gauge("pressbox_restart_cut_groups", "Unfinished groups cut from the log.", len(restart.groups_cut))
    offered = "Results the log held and the store's cursor did not cover."
    yield _by("pressbox_restart_offered_results", offered, "part", restart.results_offered)


def _gauge(name: str, documentation: str, value: float, unit: str = "") -> Metric:
    return GaugeMetricFamily(name, documentation, value, unit=unit)


def _by(name: str, documentation: str, label: str, values: Mapping[str, int]) -> Metric:
    family = GaugeMetricFamily(name, documentation, labels=[label])
    for one, value in values.items():
        family.add_metric([one], value)
    return family


def _buckets(latency: Latency) -> list[tuple[str, float]]:
    bounds = [*map(str, LATENCY_BOUNDS_S), "+Inf"]
    return [(bound, float(count)) for bound, count in zip(bounds, accumulate(latency.counts), strict=True)]
