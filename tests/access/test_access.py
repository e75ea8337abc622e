"""Who gets in, for how long, and what is written down of it."""

from pathlib import Path

import pytest

from pressbox.access.access import Access, demo_link
from pressbox.errors import BadInput
from pressbox.model.person import SESSION_IDLE_MS, SESSION_MS_MAX, Role
from tests.sources.fake_objects import FakeClock

PASSWORD = "a password long enough"
ANOTHER = "another password, as long"
DAY_S = 24 * 3600


class House:
    """The access over one folder, with a clock to move."""

    def __init__(self, data: Path) -> None:
        self.data, self.clock = data, FakeClock()
        self.access = Access(data, self.clock).open()
        self.gate, self.office = self.access.gate, self.access.administration

    def person(self, name: str, role: Role = "coach") -> str:
        """Add *name*, who sets a password; return the token of their session."""
        session = self.gate.accept(self.office.add_person("a test", name, role), name, PASSWORD, "here")
        assert session is not None
        return session

    def deeds(self) -> list[tuple[str, str]]:
        return [(entry.who, entry.deed) for _, entry in reversed(self.office.audit())]

    def pass_picture(self) -> None:
        """Let the half second pass for which streams may be told the same."""
        self.clock.go(1)


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def test_the_first_link_makes_an_admin_once_and_there_is_no_second(house: House) -> None:
    link = house.office.first_link()
    assert link is not None
    session = house.gate.accept(link, "eve", PASSWORD, "here")
    assert session is not None
    found = house.gate.by_session(session)
    assert found is not None
    assert (found.name, found.role) == ("eve", "admin")
    assert house.gate.accept(link, "mallory", PASSWORD, "here") is None
    assert house.office.first_link() is None


def test_a_link_is_good_once_for_a_day_and_an_older_one_no_more(house: House) -> None:
    first = house.office.add_person("a test", "cora", "coach")
    second = house.office.link("a test", "cora")
    assert house.gate.accept(first, "cora", PASSWORD, "here") is None
    house.clock.go(DAY_S + 1)
    assert house.gate.invitation(second) is None
    assert house.gate.accept(second, "cora", PASSWORD, "here") is None
    third = house.office.link("a test", "cora")
    assert house.gate.accept(third, "cora", PASSWORD, "here") is not None
    assert house.gate.accept(third, "cora", ANOTHER, "here") is None


@pytest.mark.parametrize("password", ["short", "a" * 20, "x" * 300, "cora-cora-cora"])
def test_a_password_that_is_guessed_first_is_refused_and_the_link_stays_good(house: House, password: str) -> None:
    link = house.office.add_person("a test", "cora-cora-cora", "coach")
    with pytest.raises(BadInput, match="password"):
        house.gate.accept(link, "cora-cora-cora", password, "here")
    assert house.gate.accept(link, "cora-cora-cora", PASSWORD, "here") is not None


def test_a_password_lets_in_whoever_it_belongs_to_however_the_name_is_written(house: House) -> None:
    house.person("Cora")
    session = house.gate.sign_in("cora", PASSWORD, "here")
    assert session is not None
    assert house.gate.sign_in("cora", ANOTHER, "here") is None
    assert house.gate.sign_in("nobody", PASSWORD, "here") is None
    assert house.deeds()[-3:] == [("Cora", "signed in"), ("Cora", "refused"), ("somebody", "refused")]


def test_a_sign_in_link_needs_no_password_and_sets_none(house: House) -> None:
    house.person("cora")
    link = house.office.link("a test", "cora", "sign in")
    assert house.gate.accept(link, "cora", ANOTHER, "here") is None
    assert house.gate.enter(link, "here") is not None
    assert house.gate.enter(link, "here") is None
    assert house.gate.sign_in("cora", ANOTHER, "here") is None


def test_a_link_for_a_password_signs_nobody_in_without_one(house: House) -> None:
    link = house.office.add_person("a test", "cora", "coach")
    assert house.gate.enter(link, "here") is None


@pytest.mark.parametrize("idle", [True, False])
def test_a_session_ends_where_it_is_not_used_and_after_a_week(house: House, *, idle: bool) -> None:
    session = house.person("cora")
    if idle:
        house.clock.go(SESSION_IDLE_MS // 1000 + 60)
    else:
        for _ in range(SESSION_MS_MAX // (SESSION_IDLE_MS // 2)):
            assert house.gate.by_session(session) is not None
            house.clock.go(SESSION_IDLE_MS // 2000)
    assert house.gate.by_session(session) is None


def test_signing_out_ends_the_session_and_no_other(house: House) -> None:
    house.person("cora")
    one, other = (house.gate.sign_in("cora", PASSWORD, "here") for _ in range(2))
    assert one is not None
    assert other is not None
    house.gate.sign_out(one)
    assert house.gate.by_session(one) is None
    assert house.gate.by_session(other) is not None


def test_who_is_revoked_is_out_at_once_and_from_streams_too(house: House) -> None:
    house.person("eve", "admin")
    session = house.person("cora")
    admitted = house.gate.by_session(session)
    assert admitted is not None
    assert house.gate.is_in(admitted)
    house.office.revoke_person("eve", "cora")
    assert house.gate.by_session(session) is None
    house.pass_picture()
    assert not house.gate.is_in(admitted)
    assert house.gate.sign_in("cora", PASSWORD, "here") is None


def test_another_role_holds_at_once_and_streams_of_the_old_one_end(house: House) -> None:
    house.person("eve", "admin")
    session = house.person("max", "medical")
    before = house.gate.by_session(session)
    assert before is not None
    house.office.change_role("eve", "max", "coach")
    after = house.gate.by_session(session)
    assert after is not None
    assert after.role == "coach"
    house.pass_picture()
    assert not house.gate.is_in(before)
    assert house.gate.is_in(after)


def test_another_password_ends_what_was_open(house: House) -> None:
    session = house.person("cora")
    link = house.office.link("a test", "cora")
    assert house.gate.accept(link, "cora", ANOTHER, "here") is not None
    assert house.gate.by_session(session) is None
    assert house.gate.sign_in("cora", PASSWORD, "here") is None


def test_the_only_admin_stays(house: House) -> None:
    house.person("eve", "admin")
    with pytest.raises(BadInput, match="only admin"):
        house.office.revoke_person("eve", "EVE")
    with pytest.raises(BadInput, match="only admin"):
        house.office.change_role("eve", "eve", "coach")
    house.person("adam", "admin")
    house.office.revoke_person("adam", "eve")
    assert [one.name for one in house.office.people() if one.revoked_ms is None] == ["adam"]


@pytest.mark.parametrize("name", ["", "x" * 65, "two words", "café", "a\nb", "<b>"])
def test_what_is_no_name_is_refused(house: House, name: str) -> None:
    with pytest.raises(BadInput, match="a name is"):
        house.office.add_person("a test", name, "coach")
    assert house.office.people() == []


def test_a_key_lets_a_machine_in_until_it_is_revoked(house: House) -> None:
    key = house.office.add_key("eve", "dashboard", "coach")
    found = house.gate.by_key(key)
    assert found is not None
    assert (found.name, found.role, found.proof) == ("dashboard", "coach", "key")
    assert house.gate.by_session(key) is None
    assert house.gate.by_key(key + "x") is None
    house.office.revoke_key("eve", "dashboard")
    assert house.gate.by_key(key) is None
    house.pass_picture()
    assert not house.gate.is_in(found)


def test_a_consent_holds_from_when_it_is_given_until_it_is_taken_back(house: House) -> None:
    assert not house.gate.coaches_see("7", "north")
    house.office.add_consent("eve", "7", None, None)
    house.pass_picture()
    assert house.gate.coaches_see("7", "north")
    assert house.gate.coaches_see("7", None)
    assert not house.gate.coaches_see("8", "north")
    house.office.revoke_consent("eve", "7", None)
    house.pass_picture()
    assert not house.gate.coaches_see("7", "north")
    assert [one.revoked_by for one in house.office.consents()] == ["eve"]


def test_a_consent_may_be_for_one_stadium_and_may_end(house: House) -> None:
    house.office.add_consent("eve", "7", "north", house.clock.now_ms() + 60_000)
    house.pass_picture()
    assert house.gate.coaches_see("7", "north")
    assert not house.gate.coaches_see("7", "south")
    assert not house.gate.coaches_see("7", None)
    house.clock.go(61)
    assert not house.gate.coaches_see("7", "north")


def test_who_saw_medical_figures_is_written_once_in_five_minutes_for_an_athlete_and_session(house: House) -> None:
    for _ in range(3):
        house.gate.saw_medical("doc", "a page", ["7", "8"], "north/a")
    assert len(house.office.audit(deeds=["saw medical"])) == 2
    house.gate.saw_medical("doc", "a page", ["7"], "north/b")
    house.clock.go(301)
    house.gate.saw_medical("doc", "a page", ["7"], "north/a")
    seen = [(entry.who, entry.athlete, entry.session) for _, entry in house.office.audit(deeds=["saw medical"])]
    assert sorted(seen) == [
        ("doc", "7", "north/a"),
        ("doc", "7", "north/a"),
        ("doc", "7", "north/b"),
        ("doc", "8", "north/a"),
    ]


def test_no_token_and_no_password_lies_on_disk(house: House) -> None:
    link = house.office.add_person("a test", "cora", "coach")
    secrets = [house.person("eve", "admin"), house.office.add_key("eve", "machine", "coach"), link, PASSWORD]
    held = b"".join(file.read_bytes() for file in house.data.rglob("*") if file.is_file())
    for secret in secrets:
        assert secret.encode() not in held


def test_files_of_people_are_for_their_owner_only(house: House) -> None:
    house.person("eve", "admin")
    modes = {file.name: file.stat().st_mode & 0o077 for file in house.data.rglob("*") if file.is_file()}
    assert modes
    assert not any(modes.values()), modes


def test_another_process_that_changes_something_is_heard_at_once(house: House) -> None:
    session = house.person("cora")
    house.person("eve", "admin")
    other = Access(house.data, house.clock).open()
    other.administration.revoke_person("eve", "cora")
    assert house.gate.by_session(session) is None


def test_the_demo_signs_a_made_up_admin_in_by_each_of_its_links(house: House) -> None:
    tokens = [demo_link(house.data).partition("token=")[2] for _ in range(2)]
    assert tokens[0] != tokens[1]
    assert house.gate.enter(tokens[1], "here") is not None
    assert [(one.name, one.role) for one in house.office.people()] == [("demo", "admin")]
