"""
The seed's game stream: one line an event, `eventid mm:ss teamid jersey isgoal`.

An event id of -1 says that the game is over, whatever else its line holds. A line at 00:00 with team 0 and player 0 is
the horn without a shot. Blank lines mean nothing. A last line without its newline counts when it is whole, which its
last field alone can tell: five fields, the last 0 or 1. Otherwise it is a tail and waits.
"""

import re

from pressbox.codec.reading import Reading
from pressbox.model.clock import GAME_S, parse_clock
from pressbox.model.event import Entry, Event, GameOver, Horn, Rejected, Shot

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_FIELDS = ("event id", "clock", "team id", "jersey", "goal flag")
_NUMBER = re.compile(r"\d{1,15}", re.ASCII)
_GAME_OVER_ID = "-1"


def read_gamestream(data: bytes, *, first_number: int = 1) -> Reading:
    """
    Return what *data*, the whole object or a part that begins with a line, says.

    *first_number* is the number of its first line. Nothing is raised: a line that does not decode is an entry whose
    event is `Rejected`.
    """
    lines = data.removeprefix(_BYTE_ORDER_MARK).split(b"\n") if first_number == 1 else data.split(b"\n")
    unfinished = lines.pop()
    entries = [entry_of(line, number) for number, line in enumerate(lines, first_number) if line.strip()]
    tail = None
    if unfinished.strip():
        last = entry_of(unfinished, first_number + len(lines))
        if _is_whole(unfinished) and not isinstance(last.event, Rejected):
            entries.append(last)
        else:
            tail = Entry(Rejected("the last line is unfinished: " + _why_rejected(last)), last.number, last.raw)
    return Reading(tuple(entries), tail)


def entry_of(line: bytes, number: int) -> Entry:
    """Return the entry of one *line* without its newline; *number* counts lines from 1."""
    raw = line.rstrip(b"\r")
    try:
        return Entry(decode_event(raw.decode()), number, raw)
    except UnicodeDecodeError as error:
        return Entry(Rejected(f"byte {error.start + 1} is not UTF-8"), number, raw)
    except ValueError as error:
        return Entry(Rejected(str(error)), number, raw)


def decode_event(line: str) -> Event:
    """
    Return the event *line* stands for.

    Raises:
        ValueError: the line is malformed; the message names the field.
    """
    fields = line.split()
    if fields and fields[0] == _GAME_OVER_ID:
        return GameOver()
    if len(fields) != len(_FIELDS):
        raise ValueError(f"{len(fields)} fields where {len(_FIELDS)} belong: {', '.join(_FIELDS)}")
    event_id, clock, team_id, jersey, goal = fields
    clock_s = parse_clock(clock)
    if clock_s > GAME_S:
        raise ValueError(f"clock {clock} is beyond 60:00, from which it counts down")
    if goal not in ("0", "1"):
        raise ValueError(f"goal flag {goal!r} is neither 0 nor 1")
    team = _number(team_id, "team id")
    if clock_s == 0 and team == 0 and jersey == "0" and goal == "0":
        return Horn(_number(event_id, "event id"))
    return Shot(_number(event_id, "event id"), clock_s, team, jersey, goal == "1")


def encode_event(event: Shot | Horn | GameOver) -> str:
    """Return the line, without newline, that decodes to *event*."""
    match event:
        case Shot():
            minutes, seconds = divmod(event.clock_s, 60)
            return f"{event.event_id} {minutes:02d}:{seconds:02d} {event.team_id} {event.jersey} {event.scored:d}"
        case Horn():
            return f"{event.event_id} 00:00 0 0 0"
        case GameOver():
            return f"{_GAME_OVER_ID} 00:00 0 0 0"


def _number(text: str, what: str) -> int:
    if _NUMBER.fullmatch(text) is None:
        raise ValueError(f"{what} {text!r} is not a whole number of up to 15 digits")
    return int(text)


def _is_whole(line: bytes) -> bool:
    fields = line.split()
    return len(fields) == len(_FIELDS) and fields[-1] in (b"0", b"1")


def _why_rejected(entry: Entry) -> str:
    return entry.event.reason if isinstance(entry.event, Rejected) else "its newline is missing"
