"""The reference tables of the simulated game in their original state."""

from pressbox.model.reference import PlayerRow, ReferenceData, TeamRow

HOME = TeamRow(101, "syracuse", "ACC", 5, 2)
AWAY = TeamRow(205, "johns hopkins", "Big 10", 4, 3)

_PLAYERS = (
    PlayerRow(1, "sam", "6", 56, 22, HOME.id),
    PlayerRow(2, "sarah", "1", 41, 15, HOME.id),
    PlayerRow(3, "steve", "2", 38, 12, HOME.id),
    PlayerRow(4, "simon", "13", 33, 13, HOME.id),
    PlayerRow(5, "sean", "4", 29, 9, HOME.id),
    PlayerRow(6, "sofia", "8", 24, 9, HOME.id),
    PlayerRow(7, "stella", "10", 19, 6, HOME.id),
    PlayerRow(8, "silas", "15", 14, 5, HOME.id),
    PlayerRow(9, "selma", "22", 9, 2, HOME.id),
    PlayerRow(10, "spencer", "99", 4, 1, HOME.id),
    PlayerRow(11, "jack", "1", 51, 18, AWAY.id),
    PlayerRow(12, "julia", "9", 44, 17, AWAY.id),
    PlayerRow(13, "jonas", "2", 35, 11, AWAY.id),
    PlayerRow(14, "jade", "15", 31, 10, AWAY.id),
    PlayerRow(15, "jasper", "8", 27, 11, AWAY.id),
    PlayerRow(16, "jerome", "4", 22, 7, AWAY.id),
    PlayerRow(17, "joan", "3", 18, 6, AWAY.id),
    PlayerRow(18, "jonah", "6", 12, 4, AWAY.id),
    PlayerRow(19, "jill", "19", 8, 2, AWAY.id),
    PlayerRow(20, "june", "22", 5, 1, AWAY.id),
)

REFERENCE = ReferenceData((HOME, AWAY), _PLAYERS)
