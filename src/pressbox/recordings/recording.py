"""Files read into the samples of each athlete, quantised once, in the order of time, with all that could not be read."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import pairwise
from operator import attrgetter
from pathlib import Path
from statistics import median
from typing import Final

from pressbox.errors import BadInput
from pressbox.model.sample import Sample
from pressbox.model.session import DistanceFrom, Plane, SpeedFrom
from pressbox.recordings.delimited import read_delimited
from pressbox.recordings.file import RecordingFile
from pressbox.recordings.gpx import read_gpx
from pressbox.recordings.quantiser import Quantiser
from pressbox.recordings.row import Note, Row, Unread
from pressbox.recordings.tcx import read_tcx
from pressbox.recordings.tracking import Format, TrackingFiles, paired, read_tracking, tracking_format_of

UNREAD_MAX: Final = 1_000
"""So many are kept word by word; the others are counted."""
SAMPLES_MAX: Final = 20_000_000
_PEEKED: Final = 10_000

Reader = Callable[[RecordingFile, Note], Iterator[Row]]


class Recording:
    """
    One recording, of one file or many: the samples of each athlete, and what could not be read.

    An athlete found in several files has the samples of all of them.
    """

    def __init__(self, mapping: Mapping[str, str] | None = None, plane: Plane | None = None) -> None:
        """Read columns as *mapping* says, and positions in degrees onto *plane*."""
        self.unread: list[Unread] = []
        self.unread_count = 0
        self._mapping = mapping
        self._samples: dict[str, list[Sample]] = {}
        self._quantiser = Quantiser(plane)
        self._count = 0

    @property
    def athletes(self) -> list[str]:
        """Who was recorded, in the order they were found."""
        return list(self._samples)

    def samples(self, athlete: str) -> Sequence[Sample]:
        """Return the samples of *athlete* in the order of time; of one time, in the order they were read."""
        samples = self._samples[athlete]
        samples.sort(key=attrgetter("time_ms", "sequence"))  # in order already, most often: then it costs a look
        return samples

    def load(self, paths: Sequence[Path], progress: Callable[[int], object] = lambda _: None) -> None:
        """
        Read all of *paths*; *progress* is told how many bytes more were read.

        Raises:
            BadInput: a file cannot be opened, an extra is missing, or the mapping does not fit.
        """
        tracking: list[tuple[RecordingFile, Format, str]] = []
        for path in paths:
            file = RecordingFile(path, progress)
            found = tracking_format_of(file)
            if found is None:
                self._take(file, _reader_of(file, self._mapping))
            else:
                tracking.append((file, *found))
        pairs, alone = paired(tracking)
        for pair in pairs:
            self._take_tracking(pair)
        for file in alone:
            self._note(file, "", "the other file of these tracking data is missing: name both")

    def _take(self, file: RecordingFile, reader: Reader) -> None:
        self._gather(file, reader(file, partial(self._note, file)))
        if file.damage is not None:
            self._note(file, "", file.damage)

    def _take_tracking(self, recording: TrackingFiles) -> None:
        last = list(recording.files.values())[-1]
        self._gather(last, read_tracking(recording, partial(self._note, last)))
        for file in recording.files.values():
            if file.damage is not None:
                self._note(file, "", file.damage)

    def _gather(self, file: RecordingFile, rows: Iterable[Row]) -> None:
        quantised, samples, stem = self._quantiser.sample, self._samples, file.stem
        found, doubt = False, partial(self._note, file, "a position")
        for row in rows:
            athlete = row.athlete or stem
            of_athlete = samples.setdefault(athlete, [])
            sequence = len(of_athlete)
            of_athlete.append(quantised(row, sequence, doubt))
            found = True
            self._count += 1
            if self._count > SAMPLES_MAX:
                raise BadInput(f"{file.name}: more than {SAMPLES_MAX:,} samples in all: load fewer files at once")
        if not found and not any(one.file == file.name for one in self.unread) and file.damage is None:
            self._note(file, "", "no samples in it")

    def _note(self, file: RecordingFile, place: str, reason: str) -> None:
        self.unread_count += 1
        if len(self.unread) < UNREAD_MAX:
            self.unread.append(Unread(file.name, place, reason))


def _reader_of(file: RecordingFile, mapping: Mapping[str, str] | None) -> Reader:
    """Return the reader of the format *file* is of, told by how it begins."""
    head = file.head()
    if head.startswith(b"PAR1"):
        from pressbox.recordings.parquet import read_parquet  # noqa: PLC0415 - loads a large library

        return partial(_by_columns, read_parquet, mapping)
    if head[8:12] == b".FIT":
        from pressbox.recordings.fit import read_fit  # noqa: PLC0415 - loads a library

        return read_fit
    text = head.decode("utf-8", "ignore").replace("\0", "")
    if text.lstrip("\ufeff \t\r\n").startswith("<"):
        return _xml_reader(text)
    return partial(_by_columns, read_delimited, mapping)


def _xml_reader(head: str) -> Reader:
    if "<gpx" in head or ":gpx" in head:
        return read_gpx
    if "TrainingCenterDatabase" in head:
        return read_tcx
    return _no_reader


def _no_reader(_file: RecordingFile, note: Note) -> Iterator[Row]:
    note("", "XML, and neither TCX nor GPX nor a tracking format that is known")
    return iter(())


def _by_columns(
    read: Callable[[RecordingFile, Mapping[str, str] | None, Note], Iterator[Row]],
    mapping: Mapping[str, str] | None,
    file: RecordingFile,
    note: Note,
) -> Iterator[Row]:
    return read(file, mapping, note)


def interval_ms_of(samples: Sequence[Sample]) -> int:
    """Return the nominal time between two of *samples*, which are in order: the median of the first thousands."""
    times = sorted({sample.time_ms for sample in samples[:_PEEKED]})
    steps = [later - sooner for sooner, later in pairwise(times)]
    return round(median(steps)) if steps else 1_000


def distance_from_of(samples: Sequence[Sample]) -> DistanceFrom:
    """Return what distance is made of: the device's own where most samples have it, else positions, else speed."""
    told = [sample.distance_mm for sample in samples if sample.distance_mm is not None]
    falls = sum(later < sooner for sooner, later in pairwise(told))
    if 2 * len(told) > len(samples) and falls * 100 <= len(told):  # one that falls often is not summed up: steps
        return "device"
    return "position" if any(sample.x_mm is not None for sample in samples) else "speed"


def speed_from_of(samples: Sequence[Sample]) -> SpeedFrom:
    """Return where speed comes from: the device where it reports any, else the steps."""
    return "device" if any(sample.speed_mm_s is not None for sample in samples) else "step"
