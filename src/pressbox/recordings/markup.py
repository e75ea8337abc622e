"""
XML read as it comes, a leaf at a time: bounded in depth and text, without entities, and up to the damage if damaged.

A document type is refused where it stands, so no entity can be declared, expanded or fetched.
"""

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple
from xml.parsers import expat

from pressbox.recordings.file import RecordingFile
from pressbox.recordings.row import Note

_DEPTH_MAX: Final = 64
_TEXT_CHARACTERS_MAX: Final = 256
_TOKEN_BYTES_MAX: Final = 1 << 20


class Node(NamedTuple):
    """An element that ended, without namespace: its name, attributes, text, and how deep it stood. *opens*: it began."""

    name: str
    attributes: Mapping[str, str]
    text: str
    depth: int
    opens: bool
    line: int


class _RefusedError(Exception):
    """The document has something no recording has."""


def nodes_of(file: RecordingFile, note: Note) -> Iterator[Node]:
    """Return what begins and ends in *file*, in order; damage is noted and ends it."""
    reading = _Reading()
    fed = 0
    for block in file.blocks():
        fed += len(block)
        try:
            reading.parser.Parse(block, False)
            _bounded(fed - reading.parser.CurrentByteIndex - len(block))
        except (expat.ExpatError, _RefusedError) as error:
            yield from reading.taken()
            note(f"line {reading.parser.CurrentLineNumber}", f"{_reason(error)}: the rest is not read")
            return
        yield from reading.taken()
    if file.damage is None:
        try:
            reading.parser.Parse(b"", True)
        except expat.ExpatError as error:
            reason = "the file is cut off" if fed else "the file is empty"
            note(f"line {reading.parser.CurrentLineNumber}", f"{reason} ({_reason(error)})")


def _bounded(unfinished_bytes: int) -> None:
    if unfinished_bytes > _TOKEN_BYTES_MAX:
        raise _RefusedError(f"a tag of more than {_TOKEN_BYTES_MAX:,} bytes")


def _reason(error: Exception) -> str:
    return expat.ErrorString(error.code) if isinstance(error, expat.ExpatError) else str(error)


class _Reading:
    def __init__(self) -> None:
        self.parser = parser = expat.ParserCreate()
        parser.StartElementHandler = self._open
        parser.EndElementHandler = self._close
        parser.CharacterDataHandler = self._text
        parser.StartDoctypeDeclHandler = self._refuse
        parser.buffer_text = True
        self._nodes: list[Node] = []
        self._attributes: list[dict[str, str]] = []
        self._texts: list[str] = []

    def taken(self) -> list[Node]:
        nodes, self._nodes = self._nodes, []
        return nodes

    def _open(self, name: str, attributes: dict[str, str]) -> None:
        if len(self._texts) >= _DEPTH_MAX:
            raise _RefusedError(f"elements nested more than {_DEPTH_MAX} deep")
        self._attributes.append(attributes)
        self._texts.append("")
        self._add(name, attributes, "", opens=True)

    def _close(self, name: str) -> None:
        self._add(name, self._attributes[-1], self._texts[-1].strip(), opens=False)
        self._attributes.pop()
        self._texts.pop()

    def _add(self, name: str, attributes: dict[str, str], text: str, *, opens: bool) -> None:
        depth, line = len(self._texts), self.parser.CurrentLineNumber
        self._nodes.append(Node(name.rpartition(":")[2], attributes, text, depth, opens, line))

    def _text(self, text: str) -> None:
        if self._texts and len(self._texts[-1]) < _TEXT_CHARACTERS_MAX:
            self._texts[-1] += text[:_TEXT_CHARACTERS_MAX]

    def _refuse(self, *_: object) -> None:
        raise _RefusedError("a document type is declared, which no recording needs")
