"""Whose messages are whose, by who wore what from when on."""

from pressbox.privacy.wearing import EVERY_DEVICE, Wearing, Wearings

KEY = "home/first"


def wearings(*noted: Wearing) -> Wearings:
    return Wearings(noted)


SWAPPED = wearings(
    Wearing(KEY, 10, 1000, "tag", "another's"),
    Wearing(KEY, 20, 2000, "tag", "theirs"),
    Wearing(KEY, 30, 3000, "tag", "another's"),
    Wearing(KEY, 40, 4000, EVERY_DEVICE, "nobody's"),
    Wearing(KEY, 10, 1000, "strap", "another's"),
)


def test_a_device_is_theirs_while_they_wear_it_and_while_nobody_does() -> None:
    assert [offset for offset in range(0, 60, 5) if SWAPPED.is_theirs(KEY, "tag", offset)] == [
        0, 5, 20, 25, 40, 45, 50, 55,
    ]  # fmt: skip
    assert [time_ms for time_ms in range(0, 6000, 500) if SWAPPED.was_theirs(KEY, "tag", time_ms)] == [
        0, 500, 2000, 2500, 4000, 4500, 5000, 5500,
    ]  # fmt: skip
    assert [offset for offset in range(0, 60, 5) if SWAPPED.is_worn(KEY, "tag", offset)] == [20, 25]
    assert SWAPPED.spans() == [(KEY, "tag", 2000, 3000)]


def test_a_device_they_never_wore_in_that_session_is_never_theirs() -> None:
    assert not any(SWAPPED.is_theirs(KEY, "strap", offset) for offset in range(0, 60, 5))
    assert not any(SWAPPED.is_theirs("home/second", "tag", offset) for offset in range(0, 60, 5))
    assert SWAPPED.knows(KEY)
    assert not SWAPPED.knows("home/second")


def test_what_was_noted_first_of_a_record_stands() -> None:
    known = wearings(Wearing(KEY, 20, 2000, "tag", "theirs"))
    known.note(Wearing(KEY, 20, 2000, "tag", "nobody's"))  # as the log tells it once it is erased there
    assert [one.whose for one in known] == ["theirs"]
    assert known.is_worn(KEY, "tag", 20)
