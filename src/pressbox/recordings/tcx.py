"""Training Center XML (Garmin's TCX): trackpoints with position, the device's distance and speed, and heart rate."""

from collections.abc import Iterator
from typing import Final

from pressbox.recordings.file import RecordingFile
from pressbox.recordings.markup import nodes_of
from pressbox.recordings.point import Point
from pressbox.recordings.row import Note, Row

_LEAVES: Final = {
    "LatitudeDegrees": "latitude",
    "LongitudeDegrees": "longitude",
    "DistanceMeters": "distance_m",
    "Speed": "speed_m_s",
}


def read_tcx(file: RecordingFile, note: Note) -> Iterator[Row]:
    """Return the trackpoints of all activities; the distance of a later one goes on from the one before."""
    point: Point | None = None
    parent, before_m, last_m = "", 0.0, 0.0
    for node in nodes_of(file, note):
        if node.opens:
            if node.name == "Trackpoint":
                point = Point(node.line, note)
            elif node.name in ("Activity", "Course"):
                before_m = last_m
            parent = node.name if node.name == "HeartRateBpm" else parent
        elif node.name == "HeartRateBpm":
            parent = ""
        elif point is not None:
            if node.name == "Trackpoint":
                row, point = point.row(), None
                if row is not None:
                    last_m = last_m if row.distance_m is None else row.distance_m
                    yield row
            else:
                _take(point, node.name, node.text, parent, before_m)


def _take(point: Point, name: str, text: str, parent: str, before_m: float) -> None:
    if name == "Time":
        point.take_time(text)
    elif name == "Value" and parent == "HeartRateBpm":
        point.take("heart_rate_bpm", text)
    elif name in _LEAVES:
        point.take(_LEAVES[name], text, before_m if name == "DistanceMeters" else 0.0)
