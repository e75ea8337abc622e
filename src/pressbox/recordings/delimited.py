"""CSV and its kin: commas, semicolons, tabs; decimal points or commas; lines of a vendor's own above the header."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any, Final

from pressbox.errors import BadInput
from pressbox.recordings.file import RecordingFile
from pressbox.recordings.mapping import columns_of, missing_columns
from pressbox.recordings.row import Note, Row
from pressbox.recordings.table import Line, rows_of

_HEADER_LINES_MAX: Final = 50
_DELIMITERS: Final = ",;\t|"
_BYTE_ORDER_MARKS: Final = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))


def read_delimited(file: RecordingFile, mapping: Mapping[str, str] | None, note: Note) -> Iterator[Row]:
    """
    Return the rows of a CSV file, packed or not.

    Raises:
        BadInput: *mapping* names a column the file has not, or a unit its field is not measured in.
    """
    lines = iter(file.lines(_encoding(file.head())))
    first = list(islice(lines, _HEADER_LINES_MAX))
    if first:
        first[0] = first[0].removeprefix("\ufeff")
    found = _header(first, mapping)
    if found is None:
        _refuse(file, first, mapping, note)
        return
    number, delimiter, header = found
    columns = columns_of(header, mapping)
    if columns is None:  # pragma: no cover - it was found by these columns
        return
    rest = chain(first[number:], lines)
    yield from rows_of(
        _lines(rest, delimiter, number + 1, note), columns, note, float if delimiter == "," else _with_decimal_comma
    )


def _encoding(head: bytes) -> str:
    for mark, encoding in _BYTE_ORDER_MARKS:
        if head.startswith(mark):
            return encoding
    try:
        head[: head.rfind(b"\n") + 1].decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _header(lines: Sequence[str], mapping: Mapping[str, str] | None) -> tuple[int, str, list[str]] | None:
    """Return (lines up to and with the header, delimiter, titles)."""
    for number, line in enumerate(lines, start=1):
        delimiter, titles = _titles(line)
        if columns_of(titles, mapping) is not None:
            return number, delimiter, titles
    return None


def _titles(line: str) -> tuple[str, list[str]]:
    """Return (delimiter, titles) of what may be a header."""
    delimiter = max(_DELIMITERS, key=line.count)
    try:
        cells = next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        cells = [line]
    return delimiter, [cell.strip() for cell in cells]


def _refuse(file: RecordingFile, lines: Sequence[str], mapping: Mapping[str, str] | None, note: Note) -> None:
    if not lines:
        note("", "the file is empty")
        return
    _, titles = _titles(lines[0])
    if not all(title.isprintable() for title in titles):
        note("", "neither text nor a format that is known")
        return
    shown = ", ".join(title[:40] for title in titles[:20])
    if mapping is None:
        note("line 1", f"no header with a time and a value is found; say which column is what with --map ({shown})")
        return
    missing = ", ".join(map(repr, missing_columns(titles, mapping)))
    raise BadInput(f"{file.name}: --map names {missing or 'columns'}, and the file has {shown}")


def _lines(lines: Iterator[str], delimiter: str, first: int, note: Note) -> Iterator[Line]:
    reader = csv.reader(lines, delimiter=delimiter)
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            note(f"line {first + reader.line_num - 1}", str(error))
            continue
        if cells:
            yield f"line {first + reader.line_num - 1}", cells


def _with_decimal_comma(cell: Any) -> float:
    return float(cell.replace(",", "."))
