"""
A file as its readers see it: unpacked where it is packed, counted for a progress bar, and bounded.

A gzip stream that is cut off or damaged gives everything before the damage; `damage` then says what is wrong.
"""

import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, Final

from pressbox.errors import BadInput

PACKED_BYTES: Final = 16_384
UNPACKED_FREE_BYTES: Final = 64 << 20
UNPACKED_TIMES_MAX: Final = 200
"""Ten times what sensors' files pack to; a gzip bomb has a thousand."""
LINE_CHARACTERS_MAX: Final = 1 << 20
WHOLE_BYTES_MAX: Final = 2 << 30
_GZIP: Final = b"\x1f\x8b"
_GZIP_WINDOW: Final = 31


class RecordingFile:
    """One file of a recording. *progress* is told how many bytes more were read of it."""

    def __init__(self, path: Path, progress: Callable[[int], object] = lambda _: None) -> None:
        """Name the file; nothing is opened yet."""
        self.path = path
        self.damage: str | None = None
        self._progress = progress

    @property
    def name(self) -> str:
        """The file's name as it was given."""
        return str(self.path)

    @property
    def stem(self) -> str:
        """The file's name without folder and endings: whose recording it is, where nothing else says so."""
        name = self.path.name
        for ending in (".gz", ".GZ"):
            name = name.removesuffix(ending)
        return Path(name).stem

    def head(self, size: int = 4096) -> bytes:
        """Return the first *size* unpacked bytes, or what there is."""
        quiet = RecordingFile(self.path)
        content = b""
        for block in quiet.blocks():
            content += block
            if len(content) >= size:
                break
        return content[:size]

    def whole(self) -> bytes:
        """
        Return the whole content, unpacked.

        Raises:
            BadInput: it is larger than any recording of its kind.
        """
        parts, size = [], 0
        for block in self.blocks():
            size += len(block)
            if size > WHOLE_BYTES_MAX:
                raise BadInput(f"{self.name}: larger than {WHOLE_BYTES_MAX:,} bytes, which this format is not read in")
            parts.append(block)
        return b"".join(parts)

    def blocks(self) -> Iterator[bytes]:
        """
        Return the content in order, unpacked, a block at a time.

        Raises:
            BadInput: the file cannot be opened.
        """
        try:
            with self.path.open("rb") as file:
                packed = file.read(len(_GZIP)) == _GZIP
                file.seek(0)
                yield from self._unpacked(file) if packed else self._plain(file)
        except OSError as error:
            raise BadInput(f"{self.name}: {error.strerror or error}") from error

    def lines(self, encoding: str) -> Iterator[str]:
        """Return the content line by line, each with its end. What is no text is told as damage and ends the file."""
        rest, read = b"", 0
        newline = "\n".encode(encoding)
        width = len(newline)
        for block in self.blocks():
            rest += block
            end = rest.rfind(newline) + width
            if end >= width and (end % width == 0 or width == 1):
                text = rest[:end].decode(encoding, "replace")
                rest = rest[end:]
                lines = text.split("\n")
                read += len(lines) - 1
                yield from (line + "\n" for line in lines[:-1])
            if len(rest) > LINE_CHARACTERS_MAX:
                self.damage = f"line {read + 1} is longer than {LINE_CHARACTERS_MAX:,} bytes: the rest is not read"
                return
        if rest:
            yield rest.decode(encoding, "replace")

    def _plain(self, file: BinaryIO) -> Iterator[bytes]:
        while block := file.read(PACKED_BYTES * 4):
            self._progress(len(block))
            yield block

    def _unpacked(self, file: BinaryIO) -> Iterator[bytes]:
        unpacker, packed_bytes, unpacked_bytes = zlib.decompressobj(_GZIP_WINDOW), 0, 0
        begun = False
        while packed := file.read(PACKED_BYTES):
            self._progress(len(packed))
            packed_bytes += len(packed)
            while packed:
                before, begun = unpacker.copy(), True
                try:
                    block = unpacker.decompress(packed, PACKED_BYTES * 64)
                except zlib.error as error:
                    yield _up_to_the_damage(before, packed)
                    self.damage = f"packed data are damaged near byte {packed_bytes:,} ({error}): the rest is lost"
                    return
                unpacked_bytes += len(block)
                if unpacked_bytes > UNPACKED_FREE_BYTES + UNPACKED_TIMES_MAX * packed_bytes:
                    self.damage = (
                        f"it unpacks to more than {UNPACKED_TIMES_MAX} times its size, which no recording does"
                    )
                    return
                yield block
                packed = unpacker.unconsumed_tail
                if unpacker.eof:
                    packed = unpacker.unused_data.lstrip(b"\0")  # members may follow, and zeros may fill up
                    unpacker, begun = zlib.decompressobj(_GZIP_WINDOW), False
        if begun:
            self.damage = f"it is cut off after {packed_bytes:,} packed bytes: its end is missing"


def _up_to_the_damage(unpacker: "zlib._Decompress", packed: bytes) -> bytes:
    whole = b""
    for place in range(len(packed)):
        try:
            whole += unpacker.decompress(packed[place : place + 1])
        except zlib.error:
            break
    return whole
