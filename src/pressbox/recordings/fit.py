"""FIT, the binary format of sports watches. Needs the extra `recordings`."""

import io
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from pressbox.errors import BadInput
from pressbox.recordings.file import RecordingFile
from pressbox.recordings.row import Note, Row

try:
    import fitdecode
except ImportError:  # an extra: whoever opens such a file is told its name
    _READER = False
else:
    _READER = True

_DEGREES: Final = 180 / 2**31


def read_fit(file: RecordingFile, note: Note) -> Iterator[Row]:
    """
    Return the records of all sessions; the distance of a later one goes on from the one before.

    Raises:
        BadInput: the extra that reads FIT is not installed.
    """
    if not _READER:
        raise BadInput(f"{file.name} is a FIT file, which needs the extra: pip install 'pressbox[recordings]'")
    content = file.whole()
    sessions = _Sessions()
    frames = 0
    try:
        with fitdecode.FitReader(io.BytesIO(content), check_crc=fitdecode.CrcCheck.RAISE) as reader:
            for frame in reader:
                frames += 1
                row = sessions.row(frame)
                if row is not None:
                    yield row
    except fitdecode.FitEOFError:
        note(f"byte {len(content):,}", "the file is cut off")
    except fitdecode.FitCRCError:
        note("", "its checksum does not match: some values may be damaged")
    except (fitdecode.FitError, ValueError, TypeError, KeyError, IndexError, OverflowError) as error:
        note(f"frame {frames + 1:,}", f"{error}: the rest is not read")


class _Sessions:
    """The rows of a file, with one distance over all its sessions."""

    def __init__(self) -> None:
        self._before_m = self._last_m = 0.0

    def row(self, frame: Any) -> Row | None:
        if not isinstance(frame, fitdecode.FitDataMessage):
            return None
        if frame.name == "session":
            self._before_m = self._last_m
        if frame.name != "record":
            return None
        told = frame.get_value("timestamp", fallback=None)
        return self._read(frame, told) if isinstance(told, datetime) else None

    def _read(self, frame: Any, told: datetime) -> Row:
        distance_m = _number(frame, "distance")
        if distance_m is not None:
            distance_m += self._before_m
            self._last_m = distance_m
        latitude, longitude = _number(frame, "position_lat"), _number(frame, "position_long")
        speed_m_s = _number(frame, "enhanced_speed")
        return Row(
            round(told.timestamp() * 1e3),
            latitude=None if latitude is None else latitude * _DEGREES,
            longitude=None if longitude is None else longitude * _DEGREES,
            speed_m_s=_number(frame, "speed") if speed_m_s is None else speed_m_s,
            distance_m=distance_m,
            heart_rate_bpm=_number(frame, "heart_rate"),
        )


def _number(frame: Any, name: str) -> float | None:
    value = frame.get_value(name, fallback=None)
    return value if isinstance(value, int | float) else None
