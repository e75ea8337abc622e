"""The seed's line format: what decodes, what is rejected and why, and what of a growing file is read when."""

import re
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pressbox.codec.gamestream import decode_event, encode_event, entry_of, read_gamestream
from pressbox.model.clock import GAME_S
from pressbox.model.event import GameOver, Horn, Rejected, Shot

numbers = st.integers(0, 10**15 - 1)
jerseys = st.text(st.characters(categories=("L", "N", "P"), codec="utf-8"), min_size=1, max_size=3)
shots = st.builds(Shot, numbers, st.integers(0, GAME_S), numbers, jerseys, st.booleans())
events = st.one_of(
    shots.filter(lambda shot: (shot.clock_s, shot.team_id, shot.jersey, shot.scored) != (0, 0, "0", False)),
    st.builds(Horn, numbers),
    st.just(GameOver()),
)
FIRST = b"0 59:51 101 2 0\n"


def reasons(data: bytes) -> list[str]:
    return [entry.event.reason for entry in read_gamestream(data).entries if isinstance(entry.event, Rejected)]


def body(lines: Sequence[Shot | Horn | GameOver]) -> bytes:
    return b"".join(encode_event(line).encode() + b"\n" for line in lines)


@given(events)
def test_an_encoded_event_decodes_to_itself(event: Shot | Horn | GameOver) -> None:
    assert decode_event(encode_event(event)) == event


@given(st.lists(events, max_size=6), st.data())
def test_a_file_cut_at_any_byte_says_the_beginning_of_what_it_says_whole(
    lines: list[Shot | Horn | GameOver], data: st.DataObject
) -> None:
    whole = body(lines)
    part = whole[: data.draw(st.integers(0, len(whole)))]
    read = [entry.event for entry in read_gamestream(part).entries]
    assert read == lines[: len(read)]
    assert part.count(b"\n") <= len(read) <= part.count(b"\n") + 1


@given(st.lists(events, max_size=6), st.data())
def test_a_file_read_in_two_parts_says_what_it_says_whole(
    lines: list[Shot | Horn | GameOver], data: st.DataObject
) -> None:
    first = data.draw(st.integers(0, len(lines)))
    begun, rest = read_gamestream(body(lines[:first])), read_gamestream(body(lines[first:]), first_number=first + 1)
    assert begun.entries + rest.entries == read_gamestream(body(lines)).entries


@given(st.binary())
def test_no_bytes_at_all_raise(data: bytes) -> None:
    reading = read_gamestream(data)
    assert len(reading.entries) <= data.count(b"\n") + 1


@given(st.lists(events, min_size=1, max_size=4))
def test_carriage_returns_and_a_byte_order_mark_mean_nothing(lines: list[Shot | Horn | GameOver]) -> None:
    plain = body(lines)
    assert read_gamestream(b"\xef\xbb\xbf" + plain.replace(b"\n", b"\r\n")) == read_gamestream(plain)


def test_a_byte_order_mark_inside_the_file_is_no_white_space() -> None:
    assert len(reasons(FIRST + b"\xef\xbb\xbf" + b"1 57:06 101 6 0\n")) == 1
    [entry] = read_gamestream(b"\xef\xbb\xbf1 57:06 101 6 0\n", first_number=2).entries
    assert isinstance(entry.event, Rejected)


def test_blank_lines_mean_nothing_and_are_counted() -> None:
    reading = read_gamestream(b"\n" + FIRST + b" \t\r\n\n1 57:06 101 6 0\n\n")
    assert [(entry.number, entry.raw) for entry in reading.entries] == [(2, FIRST.strip()), (5, b"1 57:06 101 6 0")]
    assert reading.tail is None


@pytest.mark.parametrize("data", [b"", b"\n", b"\xef\xbb\xbf", b"\xef\xbb\xbf\r\n"])
def test_an_empty_file_says_nothing(data: bytes) -> None:
    assert (read_gamestream(data).entries, read_gamestream(data).tail) == ((), None)


@pytest.mark.parametrize("last", [b"1 57:06 101 6 1", b"1 57:06 101 6 0\r", b"-1 00:00 0 0 0"])
def test_a_last_line_without_newline_counts_when_it_is_whole(last: bytes) -> None:
    reading = read_gamestream(FIRST + last)
    assert ([entry.number for entry in reading.entries], reading.tail) == ([1, 2], None)
    assert reading.entries == read_gamestream(FIRST + last + b"\n").entries


@pytest.mark.parametrize(
    "last", [b"1", b"-1", b"1 57:06 101", b"1 57:06 101 6", b"1 57:06 101 6 2", b"x 57:06 101 6 1"]
)
def test_a_last_line_without_newline_waits_when_it_is_not(last: bytes) -> None:
    reading = read_gamestream(FIRST + last)
    assert len(reading.entries) == 1
    assert reading.tail is not None
    assert (reading.tail.number, reading.tail.raw) == (2, last)
    assert isinstance(reading.tail.event, Rejected)
    assert reading.tail.event.reason.startswith("the last line is unfinished: ")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("1 57:06 101 6", "4 fields where 5 belong: event id, clock, team id, jersey, goal flag"),
        ("1 57:06 101 6 1 1", "6 fields where 5 belong: event id, clock, team id, jersey, goal flag"),
        ("one 57:06 101 6 1", "event id 'one' is not a whole number of up to 15 digits"),
        ("-2 57:06 101 6 1", "event id '-2' is not a whole number of up to 15 digits"),
        ("1.0 57:06 101 6 1", "event id '1.0' is not a whole number of up to 15 digits"),
        (f"{10**15} 57:06 101 6 1", f"event id '{10**15}' is not a whole number of up to 15 digits"),
        ("x 00:00 0 0 0", "event id 'x' is not a whole number of up to 15 digits"),
        ("1 57:60 101 6 1", "'57:60' is not a clock: minutes, a colon, two digits of seconds, as in 07:30"),
        ("1 5706 101 6 1", "'5706' is not a clock: minutes, a colon, two digits of seconds, as in 07:30"),
        ("1 60:01 101 6 1", "clock 60:01 is beyond 60:00, from which it counts down"),
        ("1 57:06 home 6 1", "team id 'home' is not a whole number of up to 15 digits"),
        ("1 57:06 101 6 yes", "goal flag 'yes' is neither 0 nor 1"),
        ("1 57:06 101 6 01", "goal flag '01' is neither 0 nor 1"),
    ],
)
def test_a_malformed_line_is_rejected_by_the_name_of_its_field(line: str, reason: str) -> None:
    with pytest.raises(ValueError, match=re.escape(reason)):
        decode_event(line)
    assert reasons(line.encode() + b"\n") == [reason]


def test_bytes_that_are_not_text_are_rejected_and_kept() -> None:
    entry = entry_of(b"1 57:06 101 \xff 1", 7)
    assert isinstance(entry.event, Rejected)
    assert (entry.number, entry.raw) == (7, b"1 57:06 101 \xff 1")
    assert entry.event.reason == "byte 13 is not UTF-8"


def test_a_malformed_line_touches_no_other() -> None:
    reading = read_gamestream(FIRST + b"nonsense\n2 56:13 205 8 1\n")
    assert [type(entry.event) for entry in reading.entries] == [Shot, Rejected, Shot]


@pytest.mark.parametrize("line", ["-1", "-1 00:00 0 0 0", "-1 12:34 101 6 1", " -1 x"])
def test_the_id_of_minus_one_ends_the_game_whatever_else_the_line_holds(line: str) -> None:
    assert decode_event(line) == GameOver()


def test_a_line_at_the_horn_with_neither_team_nor_player_is_the_horn() -> None:
    assert decode_event("9 00:00 0 0 0") == Horn(9)


@pytest.mark.parametrize("line", ["9 00:01 0 0 0", "9 00:00 0 00 0", "9 00:00 0 0 1", "9 00:00 101 0 0"])
def test_any_other_line_at_the_horn_is_a_shot(line: str) -> None:
    assert isinstance(decode_event(line), Shot)


def test_a_jersey_is_text() -> None:
    assert decode_event("1 57:06 101 00 1") == Shot(1, 57 * 60 + 6, 101, "00", scored=True)


def test_the_clock_may_lack_its_leading_zero() -> None:
    assert decode_event("1 7:06 101 6 0") == decode_event("1 07:06 101 6 0")
