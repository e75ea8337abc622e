"""
The box score of the seed's game, written down a second time and as plainly as it can be.

It knows whole files and plain rows only, counts everything anew for every document, and shares no code with the
pipeline it is compared with.
"""

import re
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

Row = dict[str, Any]


@dataclass
class Outcome:
    """What one file comes to."""

    documents: list[Row] = field(default_factory=list)
    rejected_lines: list[int] = field(default_factory=list)
    final: bool = False
    teams2: list[Row] = field(default_factory=list)
    players2: list[Row] = field(default_factory=list)


@dataclass(frozen=True)
class Line:
    """One line that is not malformed. The horn without a shot has neither team nor jersey."""

    event_id: int
    clock: str
    team_id: int | None
    jersey: str | None
    goal: bool


def play(data: bytes, teams: list[Row], players: list[Row], *, finish: bool) -> Outcome:
    """Return what the file *data* comes to; where *finish* is set, somebody ends the game after its last line."""
    outcome = Outcome()
    accepted: list[Line] = []
    over = False
    lines, tail = numbered_lines(data)
    for number, text in lines:
        was_over = over
        if text.split()[0] == "-1":
            over = True
            if not was_over:
                write_again(outcome, accepted, teams, players)
            continue
        line = parse(text)
        if line is None:
            outcome.rejected_lines.append(number)
            continue
        over = over or line.clock == "00:00"
        same_id = [one for one in accepted if one.event_id == line.event_id]
        if line in same_id:
            continue
        if same_id or not is_known(line, teams, players):
            outcome.rejected_lines.append(number)
            if over and not was_over:
                write_again(outcome, accepted, teams, players)
            continue
        accepted.append(line)
        outcome.documents.append(document(accepted, teams, players, final=over))
    if finish:
        over = True
        if tail is not None:
            outcome.rejected_lines.append(tail)
        write_again(outcome, accepted, teams, players)
    outcome.final = over
    outcome.teams2 = teams_after(accepted, teams, players) if over else teams
    outcome.players2 = players_after(accepted, players) if over else players
    return outcome


def write_again(outcome: Outcome, accepted: list[Line], teams: list[Row], players: list[Row]) -> None:
    if accepted:
        outcome.documents.append(document(accepted, teams, players, final=True))


def numbered_lines(data: bytes) -> tuple[list[tuple[int, str]], int | None]:
    """Return the lines that count, with their numbers, and the number of the unfinished last line if there is one."""
    text = data.decode().removeprefix("\ufeff")
    complete, _, last = text.rpartition("\n")
    numbered = list(enumerate(complete.split("\n"), 1)) if complete or text.startswith("\n") else []
    tail = None
    if last.strip():
        number = text.count("\n") + 1
        fields = last.split()
        whole = len(fields) == 5 and fields[4] in ("0", "1") and (fields[0] == "-1" or parse(last) is not None)
        if whole:
            numbered.append((number, last))
        else:
            tail = number
    return [(number, line) for number, line in numbered if line.strip()], tail


def parse(text: str) -> Line | None:
    fields = text.split()
    if len(fields) != 5:
        return None
    event_id, clock, team_id, jersey, goal = fields
    well_formed = (
        re.fullmatch(r"[0-9]+", event_id)
        and re.fullmatch(r"[0-9]+:[0-5][0-9]", clock)
        and re.fullmatch(r"[0-9]+", team_id)
        and goal in ("0", "1")
    )
    if not well_formed or seconds(clock) > 3600:
        return None
    shown = f"{seconds(clock) // 60:02}:{seconds(clock) % 60:02}"
    if seconds(clock) == 0 and int(team_id) == 0 and (jersey, goal) == ("0", "0"):
        return Line(int(event_id), shown, None, None, goal=False)
    return Line(int(event_id), shown, int(team_id), jersey, goal == "1")


def seconds(clock: str) -> int:
    minutes, rest = clock.split(":")
    return int(minutes) * 60 + int(rest)


def is_known(line: Line, teams: list[Row], players: list[Row]) -> bool:
    if line.team_id is None:
        return True
    return line.team_id in [team["id"] for team in teams] and shooter(line, players) is not None


def shooter(line: Line, players: list[Row]) -> Row | None:
    team = [player for player in players if player["teamid"] == line.team_id]
    for player in team:
        if player["number"] == line.jersey:
            return player
    if line.jersey is None or not line.jersey.isdigit():
        return None
    equal = [player for player in team if player["number"].isdigit() and int(player["number"]) == int(line.jersey)]
    return equal[0] if len(equal) == 1 else None


def document(accepted: list[Line], teams: list[Row], players: list[Row], *, final: bool) -> Row:
    latest = max(accepted, key=lambda line: line.event_id)
    home, away = teams
    return {
        "_id": latest.event_id,
        "timestamp": "00:00" if final else latest.clock,
        "home": side(home, away, accepted, players),
        "away": side(away, home, accepted, players),
    }


def side(team: Row, opponent: Row, accepted: list[Line], players: list[Row]) -> Row:
    own, other = score(team, accepted), score(opponent, accepted)
    return {
        "teamid": team["id"],
        "conference": team["conference"],
        "wins": team["wins"],
        "losses": team["losses"],
        "score": own,
        "status": "winning" if own > other else "losing" if own < other else "tied",
        "players": [player_line(player, accepted, players) for player in players if player["teamid"] == team["id"]],
    }


def score(team: Row, accepted: list[Line]) -> int:
    return len([line for line in accepted if line.goal and line.team_id == team["id"]])


def player_line(player: Row, accepted: list[Line], players: list[Row]) -> Row:
    own = [line for line in accepted if shooter(line, players) == player]
    shots, goals = len(own), len([line for line in own if line.goal])
    exact = Decimal(goals) / Decimal(shots) if shots else Decimal(0)
    pct = float(exact.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP))
    return {"id": player["id"], "name": player["name"], "shots": shots, "goals": goals, "pct": pct}


def teams_after(accepted: list[Line], teams: list[Row], players: list[Row]) -> list[Row]:
    rows = []
    for team, opponent in (teams, teams[::-1]):
        status = side(team, opponent, accepted, players)["status"]
        won, lost = status == "winning", status == "losing"
        rows.append({**team, "wins": team["wins"] + won, "losses": team["losses"] + lost})
    return rows


def players_after(accepted: list[Line], players: list[Row]) -> list[Row]:
    rows = []
    for player in players:
        line = player_line(player, accepted, players)
        rows.append({**player, "shots": player["shots"] + line["shots"], "goals": player["goals"] + line["goals"]})
    return rows
