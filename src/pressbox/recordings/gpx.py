"""GPX 1.0 and 1.1: track points with position, and speed and heart rate where an extension has them."""

from collections.abc import Iterator
from typing import Final

from pressbox.recordings.file import RecordingFile
from pressbox.recordings.markup import nodes_of
from pressbox.recordings.point import Point, node_value
from pressbox.recordings.row import Note, Row

_LEAVES: Final = {"hr": "heart_rate_bpm", "heartrate": "heart_rate_bpm", "speed": "speed_m_s"}


def read_gpx(file: RecordingFile, note: Note) -> Iterator[Row]:
    """Return the points of all tracks, in the file's order. Routes and way points are plans, not recordings."""
    point: Point | None = None
    for node in nodes_of(file, note):
        if node.opens:
            if node.name == "trkpt":
                point = Point(node.line, note)
                point.take("latitude", node_value(node, "lat"))
                point.take("longitude", node_value(node, "lon"))
        elif point is not None:
            if node.name == "trkpt":
                row, point = point.row(), None
                if row is not None:
                    yield row
            elif node.name == "time":
                point.take_time(node.text)
            elif node.name in _LEAVES and node.text:
                point.take(_LEAVES[node.name], node.text)
