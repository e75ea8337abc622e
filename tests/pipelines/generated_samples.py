"""Generated sessions: samples with gaps, holes, repeats, impossible values, and every way to tell speed and distance."""

from typing import Any

from hypothesis import strategies as st

from pressbox.model.sample import Sample
from pressbox.model.session import FOOTBALL, LACROSSE, AthleteProfile, Terms, terms_of

athletes = st.builds(
    AthleteProfile,
    athlete=st.just("7"),
    heart_rate_bpm_rest=st.one_of(st.none(), st.integers(40, 80)),
    heart_rate_bpm_max=st.one_of(st.none(), st.integers(150, 210)),
    sex=st.sampled_from((None, "m", "f")),
    speed_mm_s_top=st.one_of(st.none(), st.integers(5000, 11_000)),
)
sources = st.sampled_from(
    (("position", "device"), ("position", "step"), ("device", "device"), ("device", "step"), ("speed", "device"))
)


@st.composite
def terms(draw: st.DrawFn) -> Terms:
    distance_from, speed_from = draw(sources)
    interval_ms = draw(st.sampled_from((10, 100, 200, 1000)))
    preset = draw(st.sampled_from((FOOTBALL, LACROSSE)))
    return terms_of(preset, interval_ms, distance_from=distance_from, speed_from=speed_from)


# Fast and slow stretches, so that runs begin, go on for a while, and end.
paces = st.sampled_from((0, 1500, 4000, 5500, 6999, 7000, 7001, 8000, 9500, 12_500))
channels = st.sampled_from(
    (("x_mm",), ("speed_mm_s",), ("heart_rate_bpm",), ("distance_mm",), ("az_e4g",), ("x_mm", "speed_mm_s"))
)


@st.composite
def sessions(draw: st.DrawFn, interval_ms: int, *, stretches_max: int = 10) -> list[Sample]:
    """Samples in order; every stretch has a pace and a length, and things happen between and within them."""
    random = draw(st.randoms(use_true_random=False))
    time, x, sequence, samples = draw(st.integers(0, 3000)), 0, 0, list[Sample]()
    for pace in draw(st.lists(paces, min_size=1, max_size=stretches_max)):
        missing = draw(st.one_of(st.just(()), channels))
        for _ in range(draw(st.integers(1, 12))):
            ms = interval_ms + random.choice((0, 0, 0, 1, -1, interval_ms))
            time, x, sequence = time + ms, x + pace * ms // 1000, sequence + 1
            values: dict[str, Any] = {
                "x_mm": x + random.randint(-20, 20),
                "y_mm": random.randint(-20, 20),
                "speed_mm_s": min(max(pace + random.randint(-300, 300), 0), 12_500),
                "distance_mm": x,
                "heart_rate_bpm": 60 + pace // 80 + random.randint(0, 5),
                "ax_e4g": random.randint(-9000, 9000),
                "ay_e4g": random.randint(-9000, 9000),
                "az_e4g": 10_000,
            }
            values |= dict.fromkeys(missing)
            if random.random() < 0.05:
                values |= random.choice(
                    ({"speed_mm_s": 12_501}, {"speed_mm_s": -1}, {"heart_rate_bpm": 0}, {"ax_e4g": 400_000})
                )
            samples.append(Sample(time, sequence=sequence, boot=1, device="tag", **values))
            if random.random() < 0.05:  # a second device speaks of the same moment
                samples.append(
                    Sample(time, heart_rate_bpm=99, x_mm=5, y_mm=5, sequence=sequence, boot=1, device="strap")
                )
        time += draw(st.sampled_from((0, 0, 0, 450, 501, 900, 10_001)))
        x += draw(st.sampled_from((0, 0, 0, 50_000, -3000)))
    return samples


@st.composite
def measured(draw: st.DrawFn) -> tuple[list[Sample], AthleteProfile, Terms]:
    """A session, who wore the sensors, and the terms."""
    told = draw(terms())
    return draw(sessions(told.interval_ms)), draw(athletes), told
