"""Consents of athletes: whether coaches may see an athlete's heart rate, and what derives from it; history included."""

from typing import Final

from pressbox.access.registry import Registry
from pressbox.errors import BadInput
from pressbox.model.device import is_name
from pressbox.model.person import Consent

_COLUMNS: Final = "number, athlete, stadium, until_ms, recorded_ms, recorded_by, revoked_ms, revoked_by"


class Consents:
    """The consents in *file*. None is ever changed or taken out, except where an athlete is erased."""

    def __init__(self, file: Registry) -> None:
        self._file = file

    def consents(self) -> list[Consent]:
        """Return all consents there ever were, by athlete and in their order."""
        rows = self._file.read(f"SELECT {_COLUMNS} FROM consents ORDER BY athlete, number")  # noqa: S608 - ours
        return [Consent(**dict(zip(Consent.__struct_fields__, row, strict=True))) for row in rows]

    def add(self, athlete: str, stadium: str | None, until_ms: int | None, by: str, now_ms: int) -> None:
        """
        Record that coaches may see the heart rate of *athlete* from now on: at *stadium* only, where it names one.

        Raises:
            BadInput: a name cannot be one, or the consent would have ended.
        """
        _check_name("athlete", athlete)
        if stadium is not None:
            _check_name("stadium", stadium)
        if until_ms is not None and until_ms <= now_ms:
            raise BadInput("a consent ends later than it begins")
        with self._file.writing() as connection:
            connection.execute(
                "INSERT INTO consents (athlete, stadium, until_ms, recorded_ms, recorded_by) VALUES (?, ?, ?, ?, ?)",
                (athlete, stadium, until_ms, now_ms, by),
            )

    def revoke(self, athlete: str, stadium: str | None, by: str, now_ms: int) -> None:
        """
        Record that *athlete* takes back every consent, or those given for *stadium* only.

        Raises:
            BadInput: there is no such consent.
        """
        with self._file.writing() as connection:
            changed = connection.execute(
                "UPDATE consents SET revoked_ms = ?, revoked_by = ? WHERE athlete = ? AND revoked_ms IS NULL "
                "AND (? IS NULL OR stadium = ?)",
                (now_ms, by, athlete, stadium, stadium),
            )
            if not changed.rowcount:
                where = "" if stadium is None else f" for {stadium}"
                raise BadInput(
                    f"there is no consent of {athlete!r}{where} to revoke: `pressbox consent list` shows all"
                )

    def erase(self, athlete: str) -> None:
        """Take out all consents of *athlete*, and that there were any."""
        with self._file.erasing() as connection:
            connection.execute("DELETE FROM consents WHERE athlete = ?", (athlete,))


def _check_name(what: str, name: str) -> None:
    if not is_name(name):
        raise BadInput(f"{what} {name!r}: a name is 1 to 64 letters without accents, digits, '.', '_' and '-'")
