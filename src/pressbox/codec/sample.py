"""
Quantisation: what a sensor or a file reports in floats becomes a sample in integers, once.

Positions in degrees of WGS84 are projected to the field's plane here as well.
"""

from collections.abc import Sequence
from math import cos, isfinite, radians, sin, sqrt, tan
from typing import Final

from pressbox.codec.sensor_message import SensorMessage, SensorSample
from pressbox.model.sample import Sample
from pressbox.model.session import Plane

_RADIUS_M: Final = 6_378_137.0
_FLATTENING: Final = 1 / 298.257223563
_E2: Final = _FLATTENING * (2 - _FLATTENING)
_E2_SECOND: Final = _E2 / (1 - _E2)
_ARC: Final = (
    1 - _E2 / 4 - 3 * _E2**2 / 64 - 5 * _E2**3 / 256,
    -(3 * _E2 / 8 + 3 * _E2**2 / 32 + 45 * _E2**3 / 1024),
    15 * _E2**2 / 256 + 45 * _E2**3 / 1024,
    -35 * _E2**3 / 3072,
)

_NO_PLACE: Final = (None, None)
_NO_AXES: Final = (None, None, None)


def quantised(value: float | None, units: float) -> int | None:
    """Return *value* in *units* a unit, rounded; None where there is none, or what was read is no number."""
    return None if value is None or not isfinite(value) else round(value * units)


def sample_of(
    time_ms: int,
    *,
    position_m: Sequence[float] | None = None,
    speed_m_s: float | None = None,
    distance_m: float | None = None,
    heart_rate_bpm: float | None = None,
    acceleration_g: Sequence[float | None] | None = None,
    sequence: int = 0,
    boot: int = 0,
    device: str = "",
) -> Sample:
    """Return the sample of these readings, in ms, mm, mm/s, bpm and 10⁻⁴ g."""
    x, y = position_m or (None, None)
    ax, ay, az = acceleration_g or (None, None, None)
    return Sample(
        time_ms,
        quantised(x, 1e3),
        quantised(y, 1e3),
        quantised(speed_m_s, 1e3),
        quantised(distance_m, 1e3),
        quantised(heart_rate_bpm, 1.0),
        quantised(ax, 1e4),
        quantised(ay, 1e4),
        quantised(az, 1e4),
        sequence,
        boot,
        device,
    )


def samples_of(message: SensorMessage, clock_offset_ms: int, plane: Plane | None) -> list[Sample]:
    """
    Return the samples of *message*, at the times our clock had.

    A position in degrees counts where the message has none on the field and *plane* tells where the field lies.
    """
    boot, device = message.boot, message.device
    samples: list[Sample] = []
    for read in message.samples:  # as `sample_of` does it, without a call for each value: this runs for every sample
        x, y = _position_m(read, plane) or _NO_PLACE
        ax, ay, az = read.acceleration_g or _NO_AXES
        speed, distance = read.speed_m_s, read.distance_m
        samples.append(
            Sample(
                read.time_ms + clock_offset_ms,
                None if x is None or not isfinite(x) else round(x * 1e3),
                None if y is None or not isfinite(y) else round(y * 1e3),
                None if speed is None or not isfinite(speed) else round(speed * 1e3),
                None if distance is None else quantised(distance, 1e3),
                read.heart_rate_bpm,
                None if ax is None else quantised(ax, 1e4),
                None if ay is None else quantised(ay, 1e4),
                None if az is None else quantised(az, 1e4),
                read.sequence,
                boot,
                device,
            )
        )
    return samples


def _position_m(read: SensorSample, plane: Plane | None) -> tuple[float, float] | None:
    if read.position_m is not None or read.position_deg is None or plane is None:
        return read.position_m
    return project(*read.position_deg, plane)


def project(latitude_deg: float, longitude_deg: float, plane: Plane) -> tuple[float, float]:
    """
    Return (x, y) in metres on *plane*.

    A transverse Mercator projection about the plane's own meridian (Snyder, Map Projections: A Working Manual, USGS
    1987, formulas 8-9 and 8-10 with scale 1): true to 0.01 % within 90 km of the origin, so it serves runs as well.
    """
    latitude = radians(latitude_deg)
    sine, cosine, tangent = sin(latitude), cos(latitude), tan(latitude)
    radius = _RADIUS_M / sqrt(1 - _E2 * sine * sine)
    t, c = tangent * tangent, _E2_SECOND * cosine * cosine
    a = radians((longitude_deg - plane.longitude_deg + 180) % 360 - 180) * cosine
    east = radius * (a + (1 - t + c) * a**3 / 6 + (5 - 18 * t + t * t + 72 * c - 58 * _E2_SECOND) * a**5 / 120)
    bend = a * a / 2 + (5 - t + 9 * c + 4 * c * c) * a**4 / 24
    bend += (61 - 58 * t + t * t + 600 * c - 330 * _E2_SECOND) * a**6 / 720
    north = _arc_m(latitude) - _arc_m(radians(plane.latitude_deg)) + radius * tangent * bend
    if plane.bearing_deg == 90.0:  # noqa: PLR2004 - x is east
        return east, north
    across, along = sin(radians(plane.bearing_deg)), cos(radians(plane.bearing_deg))
    return east * across + north * along, north * across - east * along


def _arc_m(latitude: float) -> float:
    """Return the length of the meridian from the equator."""
    terms = (latitude, sin(2 * latitude), sin(4 * latitude), sin(6 * latitude))
    return _RADIUS_M * sum(factor * term for factor, term in zip(_ARC, terms, strict=True))
