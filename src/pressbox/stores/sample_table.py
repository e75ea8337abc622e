"""Samples as they came, as Parquet: performance and medical, a file each of the same rows. Needs the extra `recordings`."""

import os
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Final, TypeAlias

from pressbox.codec.sensor_message import SensorMessage
from pressbox.errors import BadSettings, Unavailable
from pressbox.model.sample_record import SamplesReceived

try:
    import pyarrow as pa
    from pyarrow import compute, parquet
except ImportError:  # an extra: whoever wants the archive is told its name
    HAS_PARQUET = False
else:
    HAS_PARQUET = True

Row: TypeAlias = tuple[Any, ...]

_ROWS_A_GROUP: Final = 65_536
_KEYS: Final = (
    ("athlete", "string"),
    ("device", "string"),
    ("boot", "int64"),
    ("sequence", "int64"),
    ("offset", "int64"),
    ("received_ms", "int64"),
    ("clock_offset_ms", "int64"),
    ("device_time_ms", "int64"),
    ("time_ms", "int64"),
)
_PERFORMANCE: Final = (
    ("x_m", "float64"),
    ("y_m", "float64"),
    ("latitude_deg", "float64"),
    ("longitude_deg", "float64"),
    ("speed_m_s", "float64"),
    ("distance_m", "float64"),
    ("acceleration_x_g", "float64"),
    ("acceleration_y_g", "float64"),
    ("acceleration_z_g", "float64"),
    ("quality", "float64"),
    ("battery_pct", "float64"),
)
_MEDICAL: Final = (("heart_rate_bpm", "int64"),)
COLUMNS: Final = tuple(name for name, _ in (*_KEYS, *_PERFORMANCE, *_MEDICAL))
MEDICAL_COLUMNS: Final = tuple(name for name, _ in _MEDICAL)

_NONE: Final = (None, None, None)


def require_parquet() -> None:
    """
    Make sure that Parquet can be written and read.

    Raises:
        BadSettings: the extra is not installed.
    """
    if not HAS_PARQUET:
        raise BadSettings("the archive of samples needs the extra: pip install 'pressbox[recordings]'")


def rows_of(offset: int, record: SamplesReceived, message: SensorMessage, athlete: str) -> Iterator[Row]:
    """Yield a row a sample of *message*, which came as *record* at *offset*, in the order of `COLUMNS`."""
    for one in message.samples:
        yield (
            athlete,
            message.device,
            message.boot,
            one.sequence,
            offset,
            record.received_ms,
            record.clock_offset_ms,
            one.time_ms,
            one.time_ms + record.clock_offset_ms,
            *(one.position_m or _NONE[:2]),
            *(one.position_deg or _NONE[:2]),
            one.speed_m_s,
            one.distance_m,
            *(one.acceleration_g or _NONE),
            one.quality,
            message.battery_pct,
            one.heart_rate_bpm,
        )


def write_tables(performance: Path, medical: Path, rows: Iterable[Row]) -> int:
    """
    Write *rows* to the two files, whole or not at all each, and return how many there were; none: no file.

    Raises:
        Unavailable: the disk refused.
    """
    rows = iter(rows)
    group = list(islice(rows, _ROWS_A_GROUP))
    if not group:
        return 0
    halves = [path.with_name(f"_{path.name}") for path in (performance, medical)]
    kinds = [(*_KEYS, *_PERFORMANCE), (*_KEYS, *_MEDICAL)]
    schemas = [pa.schema([(name, getattr(pa, kind)()) for name, kind in kind_of]) for kind_of in kinds]
    count = 0
    try:
        with (
            parquet.ParquetWriter(halves[0], schemas[0]) as first,
            parquet.ParquetWriter(halves[1], schemas[1]) as second,
        ):
            while group:
                columns = dict(zip(COLUMNS, zip(*group, strict=True), strict=True))
                for writer, schema in ((first, schemas[0]), (second, schemas[1])):
                    arrays = [pa.array(columns[one.name], one.type) for one in schema]
                    writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
                count += len(group)
                group = list(islice(rows, _ROWS_A_GROUP))
        for half, path in zip(halves, (performance, medical), strict=True):
            put_in_place(half, path)
    except OSError as error:
        raise Unavailable(f"writing {performance}: {error.strerror or error}: look at the disk") from error
    return count


def put_in_place(half: Path, path: Path) -> None:
    """Give the file *half*, which is whole, the name *path*; both are on disk afterwards."""
    sync(half)
    half.replace(path)
    sync(path.parent)


def erase_rows(path: Path, athlete: str) -> None:
    """
    Write the file at *path* anew without the rows of *athlete*, or remove it where it has no others; whole or not at all.

    Raises:
        Unavailable: it cannot be read, or the disk refused.
    """
    require_parquet()
    try:
        if (
            athlete
            not in parquet.read_table(path, columns=["athlete"], partitioning=None)["athlete"].unique().to_pylist()
        ):
            return
        table = parquet.read_table(path, partitioning=None)
        left = table.filter(compute.not_equal(table["athlete"], athlete))
        if left.num_rows:
            half = path.with_name(f"_{path.name}")
            parquet.write_table(left, half, row_group_size=_ROWS_A_GROUP)
            put_in_place(half, path)
        else:
            path.unlink()
            sync(path.parent)
    except (OSError, pa.ArrowException) as error:
        raise Unavailable(f"{path}: {str(error).partition(chr(10))[0]}") from error


def read_tables(pairs: Sequence[tuple[Path, Path]], athlete: str | None = None) -> Iterator[Row]:
    """
    Yield the rows of *pairs* of files, performance and medical, in the order of `COLUMNS`; of one *athlete*, or of all.

    Raises:
        Unavailable: one cannot be read; the message names it.
    """
    require_parquet()
    chosen = None if athlete is None else [("athlete", "==", athlete)]
    for pair in pairs:
        performance = pair[0]
        try:
            first, second = (parquet.read_table(path, partitioning=None, filters=chosen) for path in pair)
        except (OSError, pa.ArrowException) as error:
            raise Unavailable(f"{performance.name}: {str(error).partition(chr(10))[0]}") from error
        if len(first) != len(second):
            raise Unavailable(
                f"{performance.name}: an erasure was begun and not finished: `pressbox athlete erase` again"
            )
        columns = [(first if name in first.column_names else second).column(name).to_pylist() for name in COLUMNS]
        yield from zip(*columns, strict=True)


def sync(path: Path) -> None:
    """Return when the file or folder at *path* is on disk."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
