"""
The registry of devices: who may bring samples, whose they are, and by how much each device's clock is off.

One SQLite file, readable by its owner only. Commands change it beside the running process. Passwords are kept as
Argon2 hashes and shown once, when they are made.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from pressbox.access.registry import Registry
from pressbox.access.secret import is_password, new_password, password_hash
from pressbox.errors import BadInput
from pressbox.model.device import Admission, Device, is_name
from pressbox.model.sample_record import DeviceAssigned

FILE_NAME: Final = "devices.sqlite"
AUTHORITY_FILE: Final = "certificates/authority.pem"
VERSION: Final = 1

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS devices (
    name TEXT PRIMARY KEY,
    secret_hash TEXT,
    fingerprint TEXT,
    added_ms INTEGER NOT NULL,
    revoked_ms INTEGER
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS assignments (
    id INTEGER PRIMARY KEY,
    stadium TEXT NOT NULL,
    session TEXT NOT NULL,
    device TEXT NOT NULL,
    athlete TEXT,
    appended INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS assignments_to_append ON assignments (id) WHERE appended = 0;
CREATE TABLE IF NOT EXISTS clocks (
    device TEXT NOT NULL,
    boot INTEGER NOT NULL,
    offset_ms INTEGER NOT NULL,
    PRIMARY KEY (device, boot)
) WITHOUT ROWID;
"""


class DeviceRegistry:
    """The registry in the file at *path*; any thread and any process may use it at the same time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = Registry(path, _TABLES, VERSION)

    def open(self) -> None:
        """
        Make the file where it is missing.

        Raises:
            BadSettings: it was written by a newer pressbox, or is no SQLite file.
            Unavailable: it cannot be opened or written.
        """
        self._file.open()

    def add(self, name: str, now_ms: int) -> str:
        """
        Add *name* and return its password, which nobody can be told again. One that was revoked may come back.

        Raises:
            BadInput: it is there already, or cannot be a name.
        """
        secret = new_password()
        self._add(name, now_ms, password_hash(secret), None)
        return secret

    def add_certificate(self, name: str, fingerprint: str, now_ms: int) -> None:
        """
        Add *name*, known by the certificate of *fingerprint*.

        Raises:
            BadInput: it is there already, or cannot be a name.
        """
        self._add(name, now_ms, None, fingerprint)

    def check_new(self, name: str) -> None:
        """
        Raise where *name* cannot be added.

        Raises:
            BadInput: it is there already, or cannot be a name.
        """
        _check_name("device", name)
        if any(one.name == name and one.revoked_ms is None for one in self.devices()):
            raise BadInput(f"device {name} is there already: revoke it first if it has to get another password")

    def revoke(self, name: str, now_ms: int) -> None:
        """
        Let *name* bring nothing any more; a connection it has ends within a second or so.

        Raises:
            BadInput: there is no such device, or it was revoked before.
        """
        with self._file.writing() as connection:
            changed = connection.execute(
                "UPDATE devices SET revoked_ms = ? WHERE name = ? AND revoked_ms IS NULL", (now_ms, name)
            )
            if not changed.rowcount:
                raise BadInput(f"there is no device {name} that is not revoked: `pressbox devices list` shows them all")

    def assign(self, assigned: DeviceAssigned) -> None:
        """
        Say whose samples those of a device are from now on; the running process tells the log.

        Raises:
            BadInput: there is no such device, or a name cannot be one.
        """
        _check_name("stadium", assigned.stadium)
        _check_name("session", assigned.session)
        if assigned.athlete is not None:
            _check_name("athlete", assigned.athlete)
        with self._file.writing() as connection:
            if not connection.execute("SELECT 1 FROM devices WHERE name = ?", (assigned.device,)).fetchone():
                raise BadInput(f"there is no device {assigned.device}: `pressbox devices add {assigned.device}`")
            connection.execute(
                "INSERT INTO assignments (stadium, session, device, athlete, appended) VALUES (?, ?, ?, ?, 0)",
                (assigned.stadium, assigned.session, assigned.device, assigned.athlete),
            )

    def devices(self) -> list[Device]:
        """Return all devices, by name."""
        rows = self._file.read("SELECT name, secret_hash IS NOT NULL, added_ms, revoked_ms FROM devices ORDER BY name")
        return [
            Device(name=name, kind="password" if has_secret else "certificate", added_ms=added, revoked_ms=revoked)
            for name, has_secret, added, revoked in rows
        ]

    def admit(self, name: str, password: str) -> Admission:
        """Return whether *password* shows that somebody is *name*. It takes as long where there is no such device."""
        rows = self._file.read("SELECT secret_hash, revoked_ms FROM devices WHERE name = ?", name)
        secret_hash, revoked_ms = rows[0] if rows else (None, None)
        if not is_password(password, secret_hash):
            return Admission.WRONG
        return _admission(known=True, revoked_ms=revoked_ms)

    def admit_certificate(self, name: str, fingerprint: str) -> Admission:
        """Return whether the certificate of *fingerprint*, which our authority signed, still is that of *name*."""
        rows = self._file.read("SELECT revoked_ms FROM devices WHERE name = ? AND fingerprint = ?", name, fingerprint)
        return _admission(known=bool(rows), revoked_ms=rows[0][0] if rows else None)

    def revoked(self) -> frozenset[str]:
        """Return the devices that were revoked."""
        return frozenset(name for (name,) in self._file.read("SELECT name FROM devices WHERE revoked_ms IS NOT NULL"))

    def clock_offset_ms(self, device: str, boot: int, estimate_ms: int) -> int:
        """Return what was estimated first for this *boot* of *device*: *estimate_ms*, where nothing was before."""
        with self._file.writing() as connection:
            connection.execute("INSERT OR IGNORE INTO clocks VALUES (?, ?, ?)", (device, boot, estimate_ms))
            query = "SELECT offset_ms FROM clocks WHERE device = ? AND boot = ?"
            (offset_ms,) = connection.execute(query, (device, boot)).fetchone()
        return int(offset_ms)

    def assignments_to_append(self) -> list[tuple[int, DeviceAssigned]]:
        """Return the assignments the log was not told of yet, each with its number."""
        columns = "id, stadium, session, device, athlete"
        rows = self._file.read(f"SELECT {columns} FROM assignments WHERE appended = 0 ORDER BY id")  # noqa: S608 - ours
        return [(number, DeviceAssigned(*values)) for number, *values in rows]

    def assignments(self, athlete: str) -> list[DeviceAssigned]:
        """Return what was ever said here about who wears a device, where it names *athlete*, in order."""
        query = "SELECT stadium, session, device, athlete FROM assignments WHERE athlete = ? ORDER BY id"
        return [DeviceAssigned(*values) for values in self._file.read(query, athlete)]

    def erase(self, athlete: str) -> None:
        """Take out that *athlete* wore anything, for good; nobody may use the file meanwhile."""
        with self._file.erasing() as connection:
            connection.execute("DELETE FROM assignments WHERE athlete = ?", (athlete,))

    def assignments_appended(self, numbers: Sequence[int]) -> None:
        """Take note that the log has the assignments of *numbers*."""
        with self._file.writing() as connection:
            connection.executemany("UPDATE assignments SET appended = 1 WHERE id = ?", [(one,) for one in numbers])

    def _add(self, name: str, now_ms: int, secret_hash: str | None, fingerprint: str | None) -> None:
        self.check_new(name)
        with self._file.writing() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO devices VALUES (?, ?, ?, ?, NULL)", (name, secret_hash, fingerprint, now_ms)
            )


def _admission(*, known: bool, revoked_ms: object) -> Admission:
    if not known:
        return Admission.WRONG
    return Admission.WELCOME if revoked_ms is None else Admission.REVOKED


def _check_name(what: str, name: str) -> None:
    if not is_name(name):
        raise BadInput(f"{what} {name!r}: a name is 1 to 64 letters without accents, digits, '.', '_' and '-'")
