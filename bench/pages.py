"""
What readers of the pages wait for: a browser, thousands of streams, and the JSON API.

Each has a rival in the same run that does nothing but what the network asks. Run it alone with
`python -m bench.pages [--json] [--quick]`; Chromium has to be there for the browser's part.
"""

from typing import Final

from bench.fan_out import CROWDS, Crowd, Delivered, bare_fan_out, fan_out
from bench.painted import bare_painted_ms, painted_ms
from bench.report import Row, main
from bench.requests import CONNECTIONS, Answered, answered
from bench.rounds import percentile, significant, tell
from servers import chromium

_PAINTED: Final = 150
_GAMES: Final = (1, 200)
_FAN_OUT_S: Final = 10
_REQUESTS_S: Final = 5.0
_QUICK: Final = 5
"""Quick runs measure so many times less, and the largest crowd not at all."""


def run(*, quick: bool) -> list[Row]:
    """Return the rows of all three parts."""
    less = _QUICK if quick else 1
    rows = _painted(_PAINTED // less)
    for crowd in CROWDS[:-1] if quick else CROWDS:
        rows += _fan_out(crowd, round(crowd.per_s * _FAN_OUT_S) // less)
    return rows + _requests(_REQUESTS_S / less)


def _painted(events: int) -> list[Row]:
    if not chromium.installed():
        tell("pages: no Chromium here, so nothing is painted")
        return []
    floor = _milliseconds(bare_painted_ms(events))
    found = {games: _milliseconds(painted_ms(games, events)) for games in _GAMES}
    return [
        {
            "append to painted": f"{games} live games" if games > 1 else "1 live game",
            **{f"× bare {name}": significant(took[name] / floor[name]) for name in ("p50", "p99")},
            **{f"{name} ms": value for name, value in took.items()},
            **{f"bare {name} ms": value for name, value in floor.items()},
            "events": events,
        }
        for games, took in found.items()
    ]


def _fan_out(crowd: Crowd, events: int) -> list[Row]:
    served = {
        "page": fan_out(crowd, "page", events, gzip=False),
        "page, gzip": fan_out(crowd, "page", events, gzip=True),
        "JSON": fan_out(crowd, "API", events, gzip=False),
    }
    bare = bare_fan_out(crowd, served["page"].event_bytes, events)
    return [_fan_out_row(name, crowd, one, bare) for name, one in served.items()]


def _fan_out_row(name: str, crowd: Crowd, served: Delivered, bare: Delivered) -> Row:
    took, floor = _milliseconds(served.from_hub_ms), _milliseconds(bare.from_hub_ms)
    return {
        "fan-out": name,
        "readers": crowd.readers,
        "× bare p99": significant(took["p99"] / floor["p99"]),
        "p50 ms": took["p50"],
        "p99 ms": took["p99"],
        "max ms": took["max"],
        "from append p99 ms": _milliseconds(served.from_append_ms)["p99"],
        "bare p99 ms": floor["p99"],
        "missed": served.missed,
        "bytes an event": served.event_bytes,
        "KiB a reader": significant(served.kib_a_reader),
        "CPU µs a delivery": significant(served.cpu_us_a_delivery),
        "bare CPU µs": significant(bare.cpu_us_a_delivery),
    }


def _requests(seconds: float) -> list[Row]:
    found = answered(seconds)
    empty = _per_s(found["empty reply"])
    return [
        {
            f"requests, {CONNECTIONS} at once": name,
            "× empty reply": significant(_per_s(one) / empty),
            "requests/s": round(_per_s(one)),
            **{f"{figure} ms": value for figure, value in _milliseconds(one.took_ms).items()},
            "status": one.status,
            "bytes": one.answer_bytes,
        }
        for name, one in found.items()
    ]


def _per_s(one: Answered) -> float:
    return len(one.took_ms) / one.spent_s


def _milliseconds(took_ms: list[float]) -> dict[str, float]:
    figures = {"p50": 50.0, "p99": 99.0, "max": 100.0}
    return {name: significant(percentile(took_ms, percent)) for name, percent in figures.items()}


if __name__ == "__main__":
    main("pages", run)
