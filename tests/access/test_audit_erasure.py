"""What the audit log keeps of an athlete who is erased: that it happened."""

from pathlib import Path

from pressbox.access.access import Access
from pressbox.model.person import AuditEntry
from tests.sources.fake_objects import FakeClock


def written(access: Access) -> list[AuditEntry]:
    return [entry for _, entry in reversed(access.administration.audit())]


def test_the_audit_log_and_the_consents_keep_only_that_somebody_was_erased(tmp_path: Path) -> None:
    access = Access(tmp_path, FakeClock()).open()
    access.administration.add_consent("eve", "ann-marker", None, None)
    access.administration.add_consent("eve", "bob", None, None)
    access.gate.saw_medical("doc", "page /athletes/ann-marker", ["ann-marker", "bob"], "dome/a")
    access.gate.saw_medical("doc", "ann-marker and ann-marker-2", ["ann-marker-2"], "dome/a")
    for _ in range(2):
        access.administration.erase("eve", "ann-marker", "r-1")
    assert [one.athlete for one in access.administration.consents()] == ["bob"]
    entries = written(access)
    assert [(one.deed, one.what, one.athlete) for one in entries] == [
        ("consent added", "everywhere", None),
        ("consent added", "everywhere", "bob"),
        ("saw medical", "page /athletes/(erased)", None),
        ("saw medical", "page /athletes/(erased)", "bob"),
        ("saw medical", "(erased) and ann-marker-2", "ann-marker-2"),
        ("erased", "an athlete, receipt r-1", None),
    ]
    left = b"".join(path.read_bytes() for path in tmp_path.iterdir()).replace(b"ann-marker-2", b"")
    assert b"ann-marker" not in left


def test_what_was_written_about_one_athlete_is_told_in_order(tmp_path: Path) -> None:
    access = Access(tmp_path, FakeClock()).open()
    access.gate.saw_medical("doc", "page", ["ann", "bob"], "dome/a")
    access.administration.exported("eve", "a file", ["ann"])
    assert [(one.deed, one.athlete) for one in access.administration.audit_of("ann")] == [
        ("saw medical", "ann"),
        ("exported", "ann"),
    ]
