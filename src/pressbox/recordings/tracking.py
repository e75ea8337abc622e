"""
Tracking formats of whole teams, by kloppy: TRACAB, EPTS and CSV of Metrica, SkillCorner, Second Spectrum, DFL, Stats Perform.

A recording of these is two files, one that says what the other means; each is known by how it begins, so they may be
named in any order. Needs the extra `tracking`.
"""

import importlib
import io
import logging
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from math import isfinite
from typing import Any, Final, NamedTuple

from pressbox.errors import BadInput
from pressbox.recordings.file import RecordingFile
from pressbox.recordings.row import Note, Row

_logger = logging.getLogger(__name__)

_LENGTH_M: Final = 105.0
_WIDTH_M: Final = 68.0
_BREAK_MS: Final = 60_000
_HEAD_BYTES: Final = 65_536


class Format(NamedTuple):
    """One format: kloppy's loader, its two arguments and how the file of each begins, and whether speed is in m/s."""

    title: str
    loader: str
    files: Mapping[str, re.Pattern[bytes]]
    speeds: bool


def _begins(pattern: bytes) -> re.Pattern[bytes]:
    return re.compile(rb"\A\s*(?:" + pattern + rb")", re.DOTALL)


_FORMATS: Final = (
    Format(
        "TRACAB",
        "tracab:load",
        {
            "meta_data": _begins(
                rb"<(?:Tracab|Opta)MetaData|(?:<\?xml[^>]*>\s*)?<(?:Tracab|Opta)MetaData"
                rb"|(?:<\?xml[^>]*>\s*)?<root>.{0,4000}<FrameRate>|\{\s*\"GameID\".{0,4000}\"PitchLongSide\""
            ),
            "raw_data": _begins(rb"\d+:-?\d+,-?\d+,-?\d+,-?\d+,-?\d+,[\d.]+;|\{\s*\"FrameData\""),
        },
        speeds=True,
    ),
    Format(
        "EPTS",
        "metrica:load_tracking_epts",
        {
            "meta_data": _begins(rb"(?:<\?xml[^>]*>\s*)?<[^>]{0,2000}FIFADataTransferFormatEPTS"),
            "raw_data": _begins(rb"\d+:(?:-?[\d.]+|NaN|)(?:,(?:-?[\d.]+|NaN|))+;"),
        },
        speeds=False,
    ),
    Format(
        "Metrica's CSV",
        "metrica:load_tracking_csv",
        {"home_data": _begins(rb",,,Home,"), "away_data": _begins(rb",,,Away,")},
        speeds=False,
    ),
    Format(
        "SkillCorner",
        "skillcorner:load",
        {
            "meta_data": _begins(rb"\{(?=.{0,60000}\"home_team\")(?=.{0,60000}\"(?:pitch_length|referees|stadium)\")"),
            "raw_data": _begins(
                rb"\[\s*\{(?=.{0,400}\"possession\")(?=.{0,400}\"trackable_object\")"
                rb"|\{\s*\"frame\".{0,200}\"(?:ball_data|possession|player_data)\""
            ),
        },
        speeds=False,
    ),
    Format(
        "Second Spectrum",
        "secondspectrum:load",
        {
            "meta_data": _begins(rb"<MetaData |\{.{0,4000}\"pitchLength\".{0,4000}\"fps\""),
            "raw_data": _begins(rb"(?:\xef\xbb\xbf)?\{.{0,400}\"(?:homePlayers|frameIdx)\""),
        },
        speeds=True,
    ),
    Format(
        "the DFL's",
        "sportec:load_tracking",
        {
            "meta_data": _begins(rb"(?:<\?xml[^>]*>\s*)?<PutDataRequest[^>]*>\s*<MatchInformation"),
            "raw_data": _begins(rb"(?:<\?xml[^>]*>\s*)?<PutDataRequest[^>]*>\s*<Positions"),
        },
        speeds=False,
    ),
    Format(
        "Stats Perform",
        "statsperform:load_tracking",
        {
            "ma1_data": _begins(rb"\{\s*\"matchInfo\"|(?:<\?xml[^>]*>\s*)?<match>\s*<matchInfo"),
            "ma25_data": _begins(rb"\d{12,14};\d+,\d+"),
        },
        speeds=False,
    ),
)


class TrackingFiles(NamedTuple):
    """The two files of one recording, by what kloppy calls them."""

    format: Format
    files: Mapping[str, RecordingFile]


def tracking_format_of(file: RecordingFile) -> tuple[Format, str] | None:
    """Return the format *file* is of, and which of its two files it is; None: of none."""
    head = file.head(_HEAD_BYTES)
    for format_ in _FORMATS:
        for part, begins in format_.files.items():
            if begins.match(head):
                return format_, part
    return None


def paired(files: Sequence[tuple[RecordingFile, Format, str]]) -> tuple[list[TrackingFiles], list[RecordingFile]]:
    """Return the recordings *files* make up, each pair in the order they were named, and the files without a pair."""
    pairs: list[TrackingFiles] = []
    alone: list[RecordingFile] = []
    for format_ in _FORMATS:
        parts = {part: [file for file, kind, its in files if kind is format_ and its == part] for part in format_.files}
        whole = min(map(len, parts.values()))
        pairs += [TrackingFiles(format_, {part: found[n] for part, found in parts.items()}) for n in range(whole)]
        alone += [file for found in parts.values() for file in found[whole:]]
    return pairs, alone


def read_tracking(recording: TrackingFiles, note: Note) -> Iterator[Row]:
    """
    Return the positions of all players, by kloppy's ids; the ball and the referees are left out.

    Raises:
        BadInput: the extra is not installed.
    """
    module, _, name = recording.format.loader.partition(":")
    try:
        loader: Any = getattr(importlib.import_module(f"kloppy.{module}"), name)
    except ImportError as error:
        names = " and ".join(file.name for file in recording.files.values())
        raise BadInput(f"{names} are {recording.format.title} tracking data, which need the extra: "
                       "pip install 'pressbox[tracking]'") from error  # fmt: skip
    content = {part: io.BytesIO(file.whole()) for part, file in recording.files.items()}
    try:
        with warnings.catch_warnings(record=True) as warned:
            dataset = loader(**content)
    except Exception as error:  # noqa: BLE001 - kloppy's decoders raise whatever damaged data make them raise
        note("", f"{recording.format.title} data that cannot be read: {type(error).__name__}: {error}")
        return
    for warning in warned:
        _logger.warning("%s", warning.message)
    yield from _rows(dataset, speeds=recording.format.speeds)


def _rows(dataset: Any, *, speeds: bool) -> Iterator[Row]:
    pitch = dataset.metadata.pitch_dimensions
    length_m, width_m = pitch.pitch_length or _LENGTH_M, pitch.pitch_width or _WIDTH_M
    x_from, x_span = pitch.x_dim.min, pitch.x_dim.max - pitch.x_dim.min
    y_from, y_span = pitch.y_dim.min, pitch.y_dim.max - pitch.y_dim.min
    begins = _Periods()
    for frame in dataset.records:
        time_ms = begins.time_ms(frame)
        for player, data in frame.players_data.items():
            point = data.coordinates
            if point is not None and isfinite(point.x) and isfinite(point.y):
                yield Row(
                    time_ms,
                    str(player.player_id),
                    x_m=((point.x - x_from) / x_span - 0.5) * length_m,
                    y_m=((point.y - y_from) / y_span - 0.5) * width_m,
                    speed_m_s=data.speed if speeds else None,
                )


class _Periods:
    """When each period began. One that would begin within the one before, as some formats say, follows after a break."""

    def __init__(self) -> None:
        self._period: int | None = None
        self._begin_ms = 0
        self._last_ms = -_BREAK_MS

    def time_ms(self, frame: Any) -> int:
        if frame.period.id != self._period:
            self._period = frame.period.id
            told_ms = _ms(frame.period.start_timestamp)
            self._begin_ms = max(told_ms, self._last_ms + _BREAK_MS) if self._last_ms >= 0 else max(told_ms, 0)
        self._last_ms = max(self._last_ms, self._begin_ms + _ms(frame.timestamp))
        return self._begin_ms + _ms(frame.timestamp)


def _ms(told: Any) -> int:
    if isinstance(told, timedelta):
        return round(told.total_seconds() * 1e3)
    return round(told.timestamp() * 1e3) if isinstance(told, datetime) else 0
