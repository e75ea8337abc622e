"""
The reference tables as CSV: `id,name,conference,wins,losses` and `id,name,number,shots,goals,teamid`.

The first line names the columns, in any order. The text of a name or jersey is taken as it stands: "00" stays "00".
Whatever the tables could not hold is refused here, with file, line and reason, so that no load fails half-way.
"""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Final, TypeAlias, TypeVar

from pressbox.errors import BadInput
from pressbox.model.reference import PlayerRow, ReferenceData, TeamRow

TEAM_COLUMNS: Final = ("id", "name", "conference", "wins", "losses")
PLAYER_COLUMNS: Final = ("id", "name", "number", "shots", "goals", "teamid")

_NAME_CHARACTERS_MAX: Final = 50
_JERSEY_CHARACTERS_MAX: Final = 3
_INT_MAX: Final = 2**31 - 1
_WHOLE_NUMBER: Final = re.compile(r"\d{1,10}", re.ASCII)
_CONTROL_CHARACTER: Final = re.compile(r"[\x00-\x1f\x7f]")

_Fields: TypeAlias = Mapping[str, str]
_Row = TypeVar("_Row", TeamRow, PlayerRow)


def decode_reference(
    teams: bytes, players: bytes, *, teams_file: str = "teams.csv", players_file: str = "players.csv"
) -> ReferenceData:
    """
    Return what the two files say, in their order. *teams_file* and *players_file* name them in messages.

    Raises:
        BadInput: something in them cannot be a row of its table; the message names file, line and reason.
    """
    team_rows = _decode(teams, teams_file, TEAM_COLUMNS, _team_row)
    if not team_rows:
        raise BadInput(f"{teams_file}: it holds no team; write one line a team below the column names")
    player_rows = _decode(players, players_file, PLAYER_COLUMNS, _player_row)
    _check_teams_of(player_rows, players_file, {row.id for row in team_rows.values()}, teams_file)
    _check_jerseys(player_rows, players_file)
    return ReferenceData(tuple(team_rows.values()), tuple(player_rows.values()))


def encode_teams(rows: Iterable[TeamRow]) -> bytes:
    """Return *rows* as the file that decodes to them."""
    return _encode(TEAM_COLUMNS, rows)


def encode_players(rows: Iterable[PlayerRow]) -> bytes:
    """Return *rows* as the file that decodes to them."""
    return _encode(PLAYER_COLUMNS, rows)


def _encode(columns: tuple[str, ...], rows: Iterable[TeamRow] | Iterable[PlayerRow]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([getattr(row, column) for column in columns] for row in rows)
    return text.getvalue().encode()


def _decode(data: bytes, file: str, columns: tuple[str, ...], row_of: Callable[[_Fields], _Row]) -> dict[int, _Row]:
    """Return the rows of *file* by the line each begins on."""
    lines = _lines(data, file)
    _, header = next(lines, (0, []))
    names = _check_header([name.strip() for name in header], file, columns)
    rows: dict[int, _Row] = {}
    line_of: dict[int, int] = {}
    for line, fields in lines:
        if len(fields) != len(names):
            raise BadInput(f"{file}, line {line}: {len(fields)} fields where the first line names {len(names)} columns")
        try:
            row = row_of(dict(zip(names, fields, strict=True)))
        except ValueError as error:
            raise BadInput(f"{file}, line {line}: {error}") from error
        first = line_of.setdefault(row.id, line)
        if first != line:
            raise BadInput(f"{file}, line {line}: id {row.id} is on line {first} already")
        rows[line] = row
    return rows


def _lines(data: bytes, file: str) -> Iterator[tuple[int, list[str]]]:
    """Give the fields of each line that is not blank, with the number of the line they begin on."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise BadInput(f"{file}, line {line}: not UTF-8; save the file as CSV in UTF-8") from error
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    try:
        for fields in reader:
            if fields:
                yield line, fields
            line = reader.line_num + 1
    except csv.Error as error:
        raise BadInput(f"{file}, line {line}: not CSV: {error}") from error


def _check_header(names: list[str], file: str, columns: tuple[str, ...]) -> list[str]:
    expected = f"the first line names the columns {','.join(columns)}, in any order"
    for name in names:
        if name not in columns:
            nearest = get_close_matches(name.lower(), columns, n=1)
            hint = f"did you mean {nearest[0]!r}? " if nearest else ""
            raise BadInput(f"{file}, line 1: there is no column {name!r}: {hint}{expected}")
        if names.count(name) > 1:
            raise BadInput(f"{file}, line 1: column {name!r} is there twice: {expected}")
    missing = [column for column in columns if column not in names]
    if missing:
        raise BadInput(f"{file}, line 1: column {missing[0]!r} is missing: {expected}")
    return names


def _team_row(fields: _Fields) -> TeamRow:
    return TeamRow(
        _number(fields, "id"),
        _text(fields, "name"),
        _text(fields, "conference"),
        _number(fields, "wins"),
        _number(fields, "losses"),
    )


def _player_row(fields: _Fields) -> PlayerRow:
    return PlayerRow(
        _number(fields, "id"),
        _text(fields, "name"),
        _jersey(fields),
        _number(fields, "shots"),
        _number(fields, "goals"),
        _number(fields, "teamid"),
    )


def _number(fields: _Fields, column: str) -> int:
    text = fields[column].strip()
    if _WHOLE_NUMBER.fullmatch(text) is None or int(text) > _INT_MAX:
        raise ValueError(f"{column} {fields[column]!r} is not a whole number from 0 to {_INT_MAX}")
    return int(text)


def _text(fields: _Fields, column: str) -> str:
    text = fields[column]
    if not text.strip():
        raise ValueError(f"{column} is empty")
    if len(text) > _NAME_CHARACTERS_MAX:
        raise ValueError(f"{column} {text!r} has {len(text)} characters; the table holds {_NAME_CHARACTERS_MAX}")
    if _CONTROL_CHARACTER.search(text):
        raise ValueError(f"{column} {text!r} holds a control character")
    return text


def _jersey(fields: _Fields) -> str:
    text = fields["number"]
    if not 1 <= len(text) <= _JERSEY_CHARACTERS_MAX or re.search(r"\s|[\x00-\x1f\x7f]", text):
        raise ValueError(f"number {text!r} is not 1 to {_JERSEY_CHARACTERS_MAX} characters without a space")
    return text


def _check_teams_of(rows: Mapping[int, PlayerRow], file: str, team_ids: set[int], teams_file: str) -> None:
    for line, row in rows.items():
        if row.teamid not in team_ids:
            raise BadInput(f"{file}, line {line}: teamid {row.teamid} is not among the ids of {teams_file}")


def _check_jerseys(rows: Mapping[int, PlayerRow], file: str) -> None:
    line_of: dict[tuple[int, str], int] = {}
    for line, row in rows.items():
        first = line_of.setdefault((row.teamid, row.number), line)
        if first != line:
            raise BadInput(
                f"{file}, line {line}: number {row.number!r} of team {row.teamid} is on line {first} already"
            )
