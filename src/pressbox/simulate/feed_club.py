"""The clubs of the simulated play-by-play feed: invented towns with invented players, the same in every game."""

from msgspec import Struct

from pressbox.simulate.chance import Chance
from pressbox.simulate.feed_format import FeedGoalkeeper, FeedPlayer, FeedRoster

PLAYERS_PER_CLUB = 17
SEASON = "Summer"

_TOWNS = (
    ("Harbor City", "HAR"),
    ("Prairie", "PRA"),
    ("Cedar Valley", "CED"),
    ("Iron Bay", "IRO"),
    ("Northgate", "NOR"),
    ("Silver Lake", "SIL"),
    ("Copper Hill", "COP"),
    ("Red Mesa", "MES"),
)
# fmt: off
_FIRST_NAMES = (
    "Abel", "Arlo", "Bennet", "Bram", "Caspar", "Cyrus", "Dalton", "Dorian", "Ellis", "Emmet", "Felix", "Floyd",
    "Gideon", "Gus", "Harlan", "Hollis", "Ivor", "Jasper", "Kellen", "Lander", "Linus", "Marlow", "Milo", "Nash",
    "Oren", "Otis", "Percy", "Quill", "Rafe", "Rowan", "Silas", "Thane", "Ulric", "Vance", "Wade", "Wilder", "Zane",
)
_LAST_NAMES = (
    "Alderbrook", "Ashgrove", "Birchall", "Brackwater", "Coldwell", "Crowhurst", "Dunmarsh", "Eastlake",
    "Fallowfield", "Fernsby", "Gladstow", "Greyholt", "Hartwick", "Hollowell", "Ironside", "Kestrel", "Larkmoor",
    "Longacre", "Marsham", "Moorcroft", "Netherby", "Oakhollow", "Pennywell", "Quarles", "Ravenhill", "Redfern",
    "Saltmarsh", "Stonebridge", "Thistlewood", "Underhill", "Wakefell", "Westerby", "Windrow", "Yarborough",
)
# fmt: on


class Club(Struct, frozen=True):
    """A club with its roster as it stands before a game."""

    name: str
    short: str
    roster: FeedRoster

    @property
    def starter(self) -> str:
        """The name of the goalkeeper who starts."""
        return next(keeper.name for keeper in self.roster.goalies.values() if keeper.type == "Starter")

    @property
    def backup(self) -> str:
        """The name of the goalkeeper on the bench."""
        return next(keeper.name for keeper in self.roster.goalies.values() if keeper.type == "Backup")


def pick_clubs(chance: Chance) -> tuple[Club, Club]:
    """Return two different clubs, the home team first."""
    home = chance.between(0, len(_TOWNS) - 1)
    away = (home + chance.between(1, len(_TOWNS) - 1)) % len(_TOWNS)
    return _club(home), _club(away)


def _club(number: int) -> Club:
    name, short = _TOWNS[number]
    chance = Chance(f"club {short}")
    jerseys = _jerseys(chance)
    players = [_player(chance, number, place, jersey) for place, jersey in enumerate(jerseys[:PLAYERS_PER_CLUB])]
    places = range(PLAYERS_PER_CLUB, PLAYERS_PER_CLUB + 2)
    return Club(name, short, FeedRoster(players, {str(p): _goalkeeper(chance, number, p, jerseys[p]) for p in places}))


def _jerseys(chance: Chance) -> list[str]:
    numbers: set[int] = set()
    while len(numbers) < PLAYERS_PER_CLUB + 2:
        numbers.add(chance.between(0, 99))
    return [str(number) for number in sorted(numbers)]


def _name(number: int, place: int) -> str:
    # consecutive last names, so that nobody in a club shares one: the feed's plays know people by name alone
    first = _FIRST_NAMES[(number * 7 + place * 5) % len(_FIRST_NAMES)]
    return f"{first} {_LAST_NAMES[(number * 5 + place) % len(_LAST_NAMES)]}"


def _short_name(name: str) -> str:
    first, last = name.split()
    return f"{first[0]}. {last}"


def _player(chance: Chance, number: int, place: int, jersey: str) -> FeedPlayer:
    name = _name(number, place)
    goals = chance.pick((0, 0, 0, 0, 1, 2, 3, 5, 8, 11, 14))
    assists = chance.between(0, 2 + goals // 2)
    return FeedPlayer(
        dotname=_short_name(name),
        name=name,
        jersey=jersey,
        playerlinkid=_id(number, place),
        playerid=_id(number, place),
        height=f"{chance.pick((5, 6, 6))}-{chance.between(0, 11)}",
        weight=str(chance.between(165, 230)),
        gp=chance.between(4, 7),
        seasong=goals,
        seasong2=goals // 6,
        seasona=assists,
        seasonpts=goals + assists,
        seasonpim=chance.between(0, 3),
        seasonname=SEASON,
    )


def _goalkeeper(chance: Chance, number: int, place: int, jersey: str) -> FeedGoalkeeper:
    name = _name(number, place)
    starts = place == PLAYERS_PER_CLUB
    return FeedGoalkeeper(
        dotname=_short_name(name),
        name=name,
        jersey=jersey,
        gp=chance.between(4, 7) if starts else chance.between(0, 2),
        innet="Yes" if starts else "No",
        type="Starter" if starts else "Backup",
        playerlinkid=_id(number, place),
        playerid=_id(number, place),
        height="6-0",
        weight="190",
        w=chance.between(0, 4) if starts else 0,
        l=chance.between(0, 3) if starts else 0,
        gaa=f"{chance.between(800, 1600) / 100:g}",
        svpct=f"{chance.between(450, 650) / 1000:g}",
        seasonname=SEASON,
    )


def _id(number: int, place: int) -> int:
    return (number + 1) * 1000 + place + 1
