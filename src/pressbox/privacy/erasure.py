"""
Erasing an athlete from everything in the data folder, by a process that has it for itself.

What is to be known of them for that is kept in a file until all is done, since what tells it goes first: whoever is
killed erases again, and it goes on. Each part is erased whole or not at all, and erasing it again changes nothing.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from pressbox.access.access import Access
from pressbox.access.devices import FILE_NAME as DEVICES_FILE
from pressbox.errors import BadInput, BadSettings, Corrupted, Unavailable
from pressbox.log.disk import Disk
from pressbox.log.rewrite import LogAtRest, log_at_rest
from pressbox.pipelines.session import STATE_VERSION, decode_session, encode_session
from pressbox.privacy.eraser import TOPICS, Eraser
from pressbox.privacy.holding import Holding, Place, devices_of, letter_stores, metrics_of, search
from pressbox.privacy.wearing import Wearing, Wearings
from pressbox.stores.archive_erasure import erase_from_archive
from pressbox.stores.influxdb import influxdb_sinks
from pressbox.stores.sample_table import require_parquet
from pressbox.stores.sqlite_checkpoints import FILE_NAME as CHECKPOINTS_FILE
from pressbox.stores.sqlite_checkpoints import SqliteCheckpoints
from pressbox.stores.sqlite_sessions import FILE_NAME as SESSIONS_FILE
from pressbox.stores.sqlite_sessions import SqliteSessions
from pressbox.stream.clock import Clock

FILE_NAME: Final = "erasure.json"


class Begun(Struct, frozen=True):
    """An erasure that is not finished: whose, the *receipt* that stands for it afterwards, and what they wore."""

    athlete: str
    receipt: str
    wearings: list[Wearing]


class Erasure:
    """The erasure of the athlete of *holding* from *place*, whose *log* is at rest; *begun* where it goes on."""

    def __init__(self, place: Place, log: LogAtRest, holding: Holding, begun: Begun | None) -> None:
        self._place, self._log, self._begun = place, log, begun
        self.holding = holding

    @property
    def is_needed(self) -> bool:
        """Whether anything is held, or an erasure was begun and not finished."""
        return self.holding.is_anything or self._begun is not None

    def run(self, by: str, receipt: str, clock: Clock, told: Callable[[str], None]) -> str:
        """
        Erase everything, say what is done by *told*, and return the receipt: *receipt*, or that of what goes on.

        Raises:
            Corrupted: something stored is damaged; the message names it. What was erased before it stays erased.
            Unavailable: the disk refused, or somebody uses a file; erase again, it goes on.
        """
        holding = self.holding
        receipt = receipt if self._begun is None else self._begun.receipt
        _keep(self._place.data / FILE_NAME, Begun(holding.athlete, receipt, list(holding.wearings)))
        for part, erase in self._parts(Eraser(holding.athlete, holding.wearings)):
            erase()
            told(part)
        Access(self._place.data, clock).open().administration.erase(by, holding.athlete, receipt)
        told("consents and the audit log")
        _remove(self._place.data / FILE_NAME)
        return receipt

    def _parts(self, eraser: Eraser) -> list[tuple[str, Callable[[], None]]]:
        return [
            ("the log", lambda: self._erase_log(eraser)),
            ("figures", self._erase_figures),
            ("sessions", self._erase_sessions),
            ("dead letters", lambda: self._erase_letters(eraser)),
            ("checkpoints", self._erase_checkpoints),
            ("the archive of samples", self._erase_archive),
            ("devices", self._erase_devices),
        ]

    def _erase_log(self, eraser: Eraser) -> None:
        self._log.rewrite(TOPICS, eraser.value)

    def _erase_figures(self) -> None:
        for store in metrics_of(self._place):
            store.erase(self.holding.athlete)
        if self._place.metrics is not None:
            for sink in influxdb_sinks(self._place.metrics, self._place.data):
                with closing(sink):
                    sink.erase(self.holding.athlete)

    def _erase_sessions(self) -> None:
        path = self._place.data / SESSIONS_FILE
        if path.exists():
            with closing(SqliteSessions(path)) as sessions:
                sessions.open()
                sessions.erase(self.holding.athlete)

    def _erase_letters(self, eraser: Eraser) -> None:
        for store in letter_stores(self._place):
            store.erase([one.id for one in store.all_letters() if eraser.is_theirs(one)])

    def _erase_checkpoints(self) -> None:
        path = self._place.data / CHECKPOINTS_FILE
        if path.exists():
            with closing(SqliteCheckpoints(path)) as checkpoints:
                checkpoints.open()
                checkpoints.rewrite(STATE_VERSION, self._state_without)

    def _state_without(self, state: bytes) -> bytes:
        if self.holding.athlete.encode() not in state:
            return state
        session = decode_session(state)
        session.forget(self.holding.athlete)
        return encode_session(session)

    def _erase_archive(self) -> None:
        if self._place.archive.is_dir():
            erase_from_archive(self._place.archive, self.holding.athlete)

    def _erase_devices(self) -> None:
        if (self._place.data / DEVICES_FILE).exists():
            devices_of(self._place).erase(self.holding.athlete)


@contextmanager
def erasing(place: Place, athlete: str) -> Iterator[Erasure]:
    """
    Give the erasure of *athlete* from *place*, which belongs to this process for as long as the block lasts.

    Raises:
        BadInput: the erasure of somebody else was begun and not finished.
        BadSettings: a pressbox has it open: stop it first; or the extra that reads the archive is not installed.
        Corrupted: something stored is damaged; the message names it.
        Unavailable: something cannot be read now.
    """
    begun = unfinished(place.data)
    if begun is not None and begun.athlete != athlete:
        raise BadInput(f"the erasure of {begun.athlete} was begun and not finished: erase {begun.athlete} again first")
    with ExitStack() as held:
        try:
            log = held.enter_context(log_at_rest(place.log))
        except BadSettings as error:
            raise BadSettings(f"{error}; erasing needs the data for itself, so stop pressbox first") from error
        if any(place.archive.glob("*/*/*/*.parquet")):
            require_parquet()  # before anything is erased
        known = Wearings(() if begun is None else begun.wearings)
        yield Erasure(place, log, search(place, athlete, known), begun)


def unfinished(data: Path) -> Begun | None:
    """
    Return the erasure that was begun in the folder *data* and not finished, or None.

    Raises:
        Corrupted: what is kept of it cannot be read.
    """
    path = data / FILE_NAME
    try:
        return msgspec.json.decode(path.read_bytes(), type=Begun)
    except FileNotFoundError:
        return None
    except msgspec.DecodeError as error:
        raise Corrupted(f"{path} cannot be read ({error}): remove it, then erase again") from error


def _keep(path: Path, begun: Begun) -> None:
    """Have *begun* on disk at *path*, for its owner only, whole or not at all."""
    new = path.with_name(f"{path.name}.new")
    try:
        new.unlink(missing_ok=True)
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(msgspec.json.encode(begun))
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
        Disk().sync_folder(path.parent)
    except OSError as error:
        raise Unavailable(f"writing {path}: {error.strerror}: look at the disk; nothing was erased") from error


def _remove(path: Path) -> None:
    try:
        path.unlink()
        Disk().sync_folder(path.parent)
    except OSError as error:
        raise Unavailable(f"removing {path}: {error.strerror}: all else is erased; erase again") from error
