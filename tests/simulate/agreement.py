"""What has to hold between the plays and the figures of any play-by-play document, told apart from the code."""

from typing import Any

Document = dict[str, Any]


def plays_of(document: Document) -> list[dict[str, Any]]:
    return [play for plays in document["playbyplay"].values() for play in plays]


def assert_agrees(document: Document) -> None:
    for side, other in (("home", "away"), ("away", "home")):
        mine = [play for play in plays_of(document) if play["shortname"] == document[f"short{side}team"]]
        against = [play for play in plays_of(document) if play["shortname"] == document[f"short{other}team"]]
        assert document[f"{side}score"] == points(mine)
        for player in document[f"{side}roster"]["players"]:
            assert_player_agrees(player, mine)
        assert_goalkeepers_agree(list(document[f"{side}roster"]["goalies"].values()), mine, against)
        assert_periods_agree(document["byperiodinformation"][side], mine)
    assert_summaries_agree(document)


def points(plays: list[dict[str, Any]]) -> int:
    return sum({"GOAL": 1, "GOAL (2pt)": 2}.get(play.get("typetext", ""), 0) for play in plays)


def minutes(play: dict[str, Any]) -> int:
    personal = {f"Personal Foul {number}": number for number in (1, 2, 3)}
    return {**personal, "Misconduct": 5}.get(play["severity"], 0)


def assert_player_agrees(player: dict[str, Any], plays: list[dict[str, Any]]) -> None:
    name = player["name"]
    own = [play for play in plays if play["playername"] == name]
    assert player["g"] == str(sum(play["type"] == "Goal" for play in own))
    assert player["sog"] == str(sum(play["type"] in {"Goal", "Shot"} for play in own))
    assert player["a"] == str(sum(name in {play["a1"], play["a2"]} for play in plays))
    assert player["pim"] == str(sum(minutes(play) for play in own))


def assert_goalkeepers_agree(
    keepers: list[dict[str, Any]], mine: list[dict[str, Any]], against: list[dict[str, Any]]
) -> None:
    entered = [play["playername"] for play in mine if play["type"] == "GoalieEntered"]
    in_net = (entered or [keeper["name"] for keeper in keepers if keeper["Type"] == "Starter"])[-1]
    assert [keeper["name"] for keeper in keepers if keeper["innet"] == "Yes"] == [in_net]
    assert sum(int(keeper["ga"]) for keeper in keepers) == sum(play["type"] == "Goal" for play in against)
    assert sum(int(keeper["sav"]) for keeper in keepers) == sum(play["type"] == "Shot" for play in against)
    for keeper in keepers:
        assert int(keeper["sa"]) == int(keeper["ga"]) + int(keeper["sav"])
        if not entered and keeper["Type"] == "Backup":
            assert keeper["sa"] == "0"


def assert_periods_agree(periods: dict[str, dict[str, int]], plays: list[dict[str, Any]]) -> None:
    for key in periods["g"]:
        own = [play for play in plays if play["period"] == key]
        assert periods["g"][key] == points(own)
        assert periods["s"][key] == sum(play["type"] in {"Goal", "Shot"} for play in own)
        assert periods["pim"][key] == sum(minutes(play) for play in own)


def assert_summaries_agree(document: Document) -> None:
    for summary, kind in (("scoringsummary", "Goal"), ("penaltysummary", "Penalty")):
        plays = [play for play in plays_of(document) if play["type"] == kind]
        told = [(line["index"], line["period"], line["time"], line["playername"]) for line in document[summary]]
        assert told == [(i, p["period"], p["time"], p["playername"]) for i, p in enumerate(plays, start=1)]
