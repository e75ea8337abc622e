"""The registry of devices: who is known by what, also after a restart and beside another process."""

import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from pressbox.access.devices import DeviceRegistry
from pressbox.errors import BadInput, BadSettings
from pressbox.model.device import Admission
from pressbox.model.sample_record import DeviceAssigned


@pytest.fixture
def registry(tmp_path: Path) -> DeviceRegistry:
    registry = DeviceRegistry(tmp_path / "devices.sqlite")
    registry.open()
    return registry


def test_a_device_is_admitted_by_its_password_only(registry: DeviceRegistry) -> None:
    secret = registry.add("tag-7", 1)
    other = registry.add("tag-8", 1)
    assert registry.admit("tag-7", secret) is Admission.WELCOME
    assert [registry.admit("tag-7", other), registry.admit("nobody", secret)] == [Admission.WRONG] * 2


def test_the_password_is_nowhere_in_the_file_which_is_its_owners(registry: DeviceRegistry) -> None:
    secret = registry.add("tag-7", 1)
    assert stat.S_IMODE(registry.path.stat().st_mode) == 0o600
    files = [path.read_bytes() for path in registry.path.parent.iterdir()]
    assert b"$argon2id$" in b"".join(files)
    assert secret.encode() not in b"".join(files)


def test_who_is_revoked_is_told_so_and_only_where_the_password_is_right(registry: DeviceRegistry) -> None:
    secret = registry.add("tag-7", 1)
    registry.revoke("tag-7", 2)
    assert registry.admit("tag-7", secret) is Admission.REVOKED
    assert registry.admit("tag-7", "guess") is Admission.WRONG
    assert registry.revoked() == {"tag-7"}


def test_a_device_that_comes_back_has_another_password(registry: DeviceRegistry) -> None:
    first = registry.add("tag-7", 1)
    registry.revoke("tag-7", 2)
    second = registry.add("tag-7", 3)
    assert registry.admit("tag-7", first) is Admission.WRONG
    assert registry.admit("tag-7", second) is Admission.WELCOME


def test_a_certificate_is_that_of_its_device_until_it_is_revoked(registry: DeviceRegistry) -> None:
    registry.add_certificate("tag-7", "f1", 1)
    assert registry.admit_certificate("tag-7", "f1") is Admission.WELCOME
    assert registry.admit_certificate("tag-7", "f2") is Admission.WRONG
    assert registry.admit_certificate("tag-8", "f1") is Admission.WRONG
    assert registry.admit("tag-7", "nobody") is Admission.WRONG
    registry.revoke("tag-7", 2)
    assert registry.admit_certificate("tag-7", "f1") is Admission.REVOKED


@pytest.mark.parametrize("name", ["", "a/b", "tag 7", "tag\n", "#", "x" * 65, "ü"])
def test_a_name_that_cannot_stand_in_a_topic_is_refused(registry: DeviceRegistry, name: str) -> None:
    with pytest.raises(BadInput, match="a name is"):
        registry.add(name, 1)


def test_what_cannot_be_done_says_what_can(registry: DeviceRegistry) -> None:
    registry.add("tag-7", 1)
    with pytest.raises(BadInput, match="there already"):
        registry.add("tag-7", 2)
    with pytest.raises(BadInput, match="pressbox devices list"):
        registry.revoke("tag-8", 2)
    with pytest.raises(BadInput, match="pressbox devices add tag-8"):
        registry.assign(DeviceAssigned("home", "training", "tag-8", "ana"))


def test_the_offset_of_a_boot_stays_what_it_was_first(registry: DeviceRegistry) -> None:
    assert [registry.clock_offset_ms("tag-7", 1, estimate) for estimate in (5, 9)] == [5, 5]
    assert registry.clock_offset_ms("tag-7", 2, -70) == -70


def test_assignments_are_told_in_their_order_until_the_log_has_them(registry: DeviceRegistry) -> None:
    registry.add("tag-7", 1)
    worn = [DeviceAssigned("home", "training", "tag-7", athlete) for athlete in ("ana", "bo", None)]
    for one in worn:
        registry.assign(one)
    numbered = registry.assignments_to_append()
    assert [one for _, one in numbered] == worn
    registry.assignments_appended([numbered[0][0]])
    assert [one for _, one in registry.assignments_to_append()] == worn[1:]


def test_the_file_of_a_newer_pressbox_is_left_alone(registry: DeviceRegistry) -> None:
    with closing(sqlite3.connect(registry.path)) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(BadSettings, match="use the newer pressbox"):
        registry.open()


def test_a_file_that_is_no_registry_is_named(tmp_path: Path) -> None:
    (tmp_path / "devices.sqlite").write_bytes(b"no registry at all, " * 100)
    with pytest.raises(BadSettings, match=r"devices\.sqlite is not usable"):
        DeviceRegistry(tmp_path / "devices.sqlite").open()
