"""What people do today: read the whole file again at each event and compute the box score with pandas."""

import json
from pathlib import Path
from typing import Any

import pandas as pd

from pressbox.model.clock import GAME_S, format_clock, parse_clock
from pressbox.simulate.reference import AWAY, HOME, REFERENCE

_COLUMNS = ["event_id", "clock", "team_id", "number", "goal"]
_PLAYERS = pd.DataFrame(
    [(player.id, player.name, player.number, player.teamid) for player in REFERENCE.players],
    columns=["id", "name", "number", "team_id"],
)


def document_of(path: Path) -> bytes:
    """Return the seed's document, without our additions, after the last event in the file at *path*."""
    shots = pd.read_csv(path, sep=" ", names=_COLUMNS, dtype={"number": str})
    counted = shots.groupby(["team_id", "number"], as_index=False).agg(shots=("goal", "size"), goals=("goal", "sum"))
    lines = _PLAYERS.merge(counted, how="left", on=["team_id", "number"]).fillna(0)
    lines = lines.astype({"shots": int, "goals": int})
    lines["pct"] = ((200 * lines.goals + lines.shots) // (2 * lines.shots).clip(lower=1) / 100).fillna(0.0)
    scores = lines.groupby("team_id").goals.sum()
    last = shots.iloc[-1]
    document = {
        "_id": int(last.event_id),
        "timestamp": format_clock(min(parse_clock(last.clock), GAME_S)),
        "home": _side(lines, scores, HOME.id, AWAY.id),
        "away": _side(lines, scores, AWAY.id, HOME.id),
    }
    return json.dumps(document).encode()


def _side(lines: pd.DataFrame, scores: pd.Series, team_id: int, other_id: int) -> dict[str, Any]:
    team = HOME if team_id == HOME.id else AWAY
    score, other = int(scores[team_id]), int(scores[other_id])
    rows = lines[lines.team_id == team_id]
    return {
        "teamid": team_id,
        "conference": team.conference,
        "wins": team.wins,
        "losses": team.losses,
        "score": score,
        "status": "tied" if score == other else "winning" if score > other else "losing",
        "players": rows[["id", "name", "shots", "goals", "pct"]].to_dict("records"),
    }
