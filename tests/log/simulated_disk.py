"""
A disk whose power can fail.

The real files are what a running system sees (the page cache). Beside them this disk remembers, sector by sector, what
may be on the platter instead: of all that was written since the last sync any version of any sector may have arrived.
Names are kept by `sync_folder` only: without it the newest ones of a folder may be lost, and any that was removed may be
there again.
"""

import errno
import os
import shutil
from collections import Counter, defaultdict
from collections.abc import Callable
from itertools import chain
from operator import itemgetter
from pathlib import Path
from random import Random

from pressbox.log.disk import Disk

SECTOR_BYTES = 512


class PowerLoss(BaseException):
    """The machine stops here: nothing of the process runs on."""


class SimulatedDisk(Disk):
    """The real disk with *random* deciding what survives; it fails when told to."""

    def __init__(self, random: Random) -> None:
        self.steps: Counter[str] = Counter()
        self.steps_left: int | None = None
        self.is_full = False
        self.syncs_fail = False
        self._random = random
        self._descriptors: set[int] = set()
        self._versions: dict[int, dict[int, list[bytes]]] = defaultdict(dict)
        self._lost: dict[int, dict[int, bytes]] = defaultdict(dict)
        self._undo: dict[Path, list[Callable[[], None]]] = defaultdict(list)
        self._removed: dict[Path, list[tuple[Path, Path]]] = defaultdict(list)

    def kill(self) -> None:
        """End the process as `kill -9` does: what it wrote stays in memory."""
        for descriptor in self._descriptors:
            os.close(descriptor)
        self._descriptors.clear()
        self.steps_left = None

    def lose_power(self, folder: Path) -> None:
        """End the machine: of what was not synced in *folder* only chance decides what is there afterwards."""
        self.kill()
        pick = self._random.choice([itemgetter(0), itemgetter(-1), self._random.choice])
        for undone in self._undo.values():
            for undo in reversed(undone[self._random.randint(0, len(undone)) :]):
                undo()
        for path, shelf in chain.from_iterable(self._removed.values()):
            if self._random.random() < 0.5 and not path.exists():
                shelf.rename(path)
        for path in folder.rglob("*"):
            if path.is_file():
                self._tear(path, pick)
        for memory in (self._undo, self._removed, self._versions, self._lost):
            memory.clear()

    def add_folder(self, folder: Path) -> None:
        self._step("add_folder")
        super().add_folder(folder)
        self._undo[folder.parent].append(lambda: shutil.rmtree(folder, ignore_errors=True))

    def open_to_write(self, path: Path) -> int:
        self._step("open_to_write")
        if not path.exists():
            self._undo[path.parent].append(lambda: path.unlink(missing_ok=True))
        return self._opened(super().open_to_write(path))

    def open_to_read(self, path: Path) -> int:
        return self._opened(super().open_to_read(path))

    def close(self, descriptor: int) -> None:
        if descriptor in self._descriptors:
            self._descriptors.remove(descriptor)
            super().close(descriptor)

    def write(self, descriptor: int, position: int, data: bytes) -> None:
        refused = self._is_refused(descriptor, position + len(data))
        if refused:
            data = data[: self._random.randint(1, len(data))]
        sectors = range(position // SECTOR_BYTES, (position + len(data) - 1) // SECTOR_BYTES + 1)
        versions = self._versions[os.fstat(descriptor).st_ino]
        lost = self._lost[os.fstat(descriptor).st_ino]
        for sector in sectors:
            before = lost.pop(sector, self._sector(descriptor, sector))
            versions.setdefault(sector, [before])
        super().write(descriptor, position, data)
        for sector in sectors:
            versions[sector].append(self._sector(descriptor, sector))
        self._step("write")
        if refused:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def allocate(self, descriptor: int, length: int) -> None:
        self._step("allocate")
        if self.is_full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        super().allocate(descriptor, length)

    def sync(self, descriptor: int) -> None:
        self._step("sync")
        versions = self._versions.pop(os.fstat(descriptor).st_ino, {})
        if self.syncs_fail:
            for sector, possible in versions.items():  # the kernel gives the pages up and calls them clean
                self._lost[os.fstat(descriptor).st_ino][sector] = self._random.choice(possible)
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    def sync_folder(self, folder: Path) -> None:
        self._step("sync_folder")
        self._undo.pop(folder, None)
        for _, shelf in self._removed.pop(folder, []):
            shelf.unlink()

    def rename(self, path: Path, target: Path) -> None:
        self._step("rename")
        before = target.read_bytes() if target.exists() else None
        super().rename(path, target)
        self._undo[target.parent].append(lambda: self._name_back(path, target, before))

    def remove(self, path: Path) -> None:
        self._step("remove")
        if path.exists():
            shelf = path.with_name(f"{path.name}.{self.steps['remove']}.removed")
            path.rename(shelf)
            self._removed[path.parent].append((path, shelf))

    def _step(self, name: str) -> None:
        self.steps[name] += 1
        if self.steps_left is not None:
            self.steps_left -= 1
            if self.steps_left <= 0:
                raise PowerLoss

    def _opened(self, descriptor: int) -> int:
        self._descriptors.add(descriptor)
        return descriptor

    def _is_refused(self, descriptor: int, length: int) -> bool:
        """Even where the space was reserved some file systems want new blocks for it: by chance."""
        return self.is_full and (length > self.size(descriptor) or self._random.random() < 0.5)

    def _name_back(self, path: Path, target: Path, before: bytes | None) -> None:
        if target.exists():
            target.rename(path)
        if before is not None:
            target.write_bytes(before)

    def _tear(self, path: Path, pick: Callable[[list[bytes]], bytes]) -> None:
        with path.open("r+b") as file:
            number = os.fstat(file.fileno()).st_ino
            chosen = {sector: pick(versions) for sector, versions in self._versions.get(number, {}).items()}
            for sector, content in {**chosen, **self._lost.get(number, {})}.items():
                os.pwrite(file.fileno(), content, sector * SECTOR_BYTES)

    def _sector(self, descriptor: int, sector: int) -> bytes:
        return os.pread(descriptor, SECTOR_BYTES, sector * SECTOR_BYTES).ljust(SECTOR_BYTES, b"\0")
