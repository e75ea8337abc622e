"""Parquet tables. Needs the extra `recordings`."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from pressbox.errors import BadInput
from pressbox.recordings.file import RecordingFile
from pressbox.recordings.mapping import Column, columns_of, missing_columns
from pressbox.recordings.row import Note, Row
from pressbox.recordings.table import Line, rows_of

try:
    import pyarrow as pa
    from pyarrow import parquet
except ImportError:  # an extra: whoever opens such a file is told its name
    _READER = False
else:
    _READER = True

_BATCH_ROWS: Final = 16_384


def read_parquet(file: RecordingFile, mapping: Mapping[str, str] | None, note: Note) -> Iterator[Row]:
    """
    Return the rows of a Parquet file; a row group that cannot be read is noted, and the others are.

    Raises:
        BadInput: the extra is not installed, or *mapping* names a column the file has not.
    """
    if not _READER:
        raise BadInput(f"{file.name} is a Parquet file, which needs the extra: pip install 'pressbox[recordings]'")
    try:
        table = parquet.ParquetFile(file.path)
    except (OSError, pa.ArrowException) as error:
        note("", f"its table of contents, at the end, cannot be read ({_first_line(error)}): nothing in it is found")
        return
    with table:
        titles = list(table.schema_arrow.names)
        columns = columns_of(titles, mapping)
        if columns is None:
            _refuse(file, titles, mapping, note)
            return
        names = [titles[column.index] for column in columns]
        placed = [Column(place, one.field, one.scale, one.unit) for place, one in enumerate(columns)]
        yield from rows_of(_lines(table, names, note), placed, note)


def _refuse(file: RecordingFile, titles: Sequence[str], mapping: Mapping[str, str] | None, note: Note) -> None:
    shown = ", ".join(titles[:20])
    if mapping is None:
        note("", f"no columns of a time and a value are found; say which is what with --map ({shown})")
        return
    missing = ", ".join(map(repr, missing_columns(titles, mapping)))
    raise BadInput(f"{file.name}: --map names {missing or 'columns'}, and the file has {shown}")


def _lines(table: Any, names: Sequence[str], note: Note) -> Iterator[Line]:
    first = 1
    for group in range(table.num_row_groups):
        read = 0
        try:
            for batch in table.iter_batches(_BATCH_ROWS, row_groups=[group], columns=names):
                columns = [batch.column(name).to_pylist() for name in names]
                for place, cells in enumerate(zip(*columns, strict=True), start=first + read):
                    yield f"row {place}", cells
                read += batch.num_rows
        except (OSError, pa.ArrowException, ValueError) as error:
            note(f"row group {group + 1}, from row {first + read}", f"{_first_line(error)}: its rest is not read")
        first += table.metadata.row_group(group).num_rows


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]
