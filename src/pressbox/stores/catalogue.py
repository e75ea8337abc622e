"""
The catalogue of a game, in SQLite: guilds, enemies, damages, quests, stores and their inventory.

pressbox makes one of its own; a studio loads its tables from CSV, whose first line names the columns.
"""

import csv
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Final, TypeAlias

from pressbox.errors import BadInput
from pressbox.stores.sqlite import SqliteFile

FILE_NAME: Final = "catalogue.sqlite"

Value: TypeAlias = str | int | float
Row: TypeAlias = tuple[Value, ...]

_VERSION: Final = 1
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS guilds (guild_id INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS enemies (enemy_id INTEGER PRIMARY KEY, name TEXT NOT NULL, level INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS damages (enemy_id INTEGER PRIMARY KEY, name TEXT NOT NULL, damage INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS quests (quest_id INTEGER PRIMARY KEY, name TEXT NOT NULL, contact TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS stores (store_id INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS inventory (
    inventory_id INTEGER PRIMARY KEY, store_id INTEGER NOT NULL, item_name TEXT NOT NULL, total_cost REAL NOT NULL,
    category TEXT NOT NULL, on_hand_qty INTEGER NOT NULL
);
"""
COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "guilds": ("guild_id", "name"),
    "enemies": ("enemy_id", "name", "level"),
    "damages": ("enemy_id", "name", "damage"),
    "quests": ("quest_id", "name", "contact"),
    "stores": ("store_id", "name"),
    "inventory": ("inventory_id", "store_id", "item_name", "total_cost", "category", "on_hand_qty"),
}
_WHOLE: Final = {"guild_id", "enemy_id", "quest_id", "store_id", "inventory_id", "level", "damage", "on_hand_qty"}

_GUILDS: Final = ("Owls of the North", "Iron Hand", "Grey Wolves", "Order of the Lantern", "River Folk", "Salt Company",
                  "Children of the Oak", "Night Watch")  # fmt: skip
_ENEMIES: Final = (("goblin", 1), ("wolf", 2), ("bandit", 3), ("skeleton", 4), ("ogre", 6), ("wraith", 8), ("troll", 9),
                   ("wyvern", 12), ("giant", 15), ("dragon", 20))  # fmt: skip
_QUESTS: Final = (("The lost caravan", "Merchant Ida"), ("Wolves at the gate", "Captain Bren"),
                  ("The drowned bell", "Brother Aldo"), ("A crown of thorns", "Queen Maren"),
                  ("Letters from the front", "Sergeant Pike"), ("The dragon's hoard", "Old Tam"))  # fmt: skip
_STORES: Final = ("The Anvil", "Hedge Witch", "Harbour Goods")
_GOODS: Final = (("sword", 120.5, "weapon"), ("axe", 95.25, "weapon"), ("shield", 80.0, "armour"),
                 ("healing potion", 12.75, "potion"), ("helmet", 60.5, "armour"), ("bow", 110.0, "weapon"),
                 ("antidote", 9.5, "potion"))  # fmt: skip


class Catalogue:
    """The catalogue in the file at *path*."""

    def __init__(self, path: Path) -> None:
        self._file = SqliteFile(path, _TABLES, _VERSION)

    def open(self) -> None:
        """
        Open it; one that is empty gets the project's own rows.

        Raises:
            BadSettings, Unavailable: as with every SQLite file.
        """
        self._file.open()
        if not any(self._file.read(f"SELECT 1 FROM {table} LIMIT 1") for table in COLUMNS):  # noqa: S608 - only constants are put in
            with self._file.storing() as transaction:
                for table, rows in _own_rows().items():
                    _insert(transaction, table, rows)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def find(self, table: str, key: Value) -> Mapping[str, Value] | None:
        """Return the row of *table* whose first column is *key*, by column; None where there is none."""
        columns = COLUMNS[table]
        # Only names of COLUMNS are put in.
        found = self._file.read(f"SELECT {', '.join(columns)} FROM {table} WHERE {columns[0]} = ?", key)  # noqa: S608
        return dict(zip(columns, found[0], strict=True)) if found else None  # type: ignore[arg-type]

    def rows(self, table: str) -> list[Row]:
        """Return all rows of *table*, by id."""
        columns = COLUMNS[table]
        return self._file.read(f"SELECT {', '.join(columns)} FROM {table} ORDER BY {columns[0]}")  # type: ignore[return-value]  # noqa: S608 - only constants are put in

    def load(self, files: Mapping[str, Path]) -> dict[str, int]:
        """
        Put the rows of CSV *files*, by table, in place of those there are; return how many each table has now.

        All tables change together or none does.

        Raises:
            BadInput: a file cannot be read as its table; the message names file, line and column.
            Unavailable: the catalogue cannot be written now.
        """
        loaded = {table: _rows_in(path, table) for table, path in files.items()}
        with self._file.storing() as transaction:
            for table, rows in loaded.items():
                transaction.execute(f"DELETE FROM {table}")  # noqa: S608 - only constants are put in
                _insert(transaction, table, rows)
        return {table: len(rows) for table, rows in loaded.items()}


def _insert(transaction: sqlite3.Connection, table: str, rows: Iterable[Row]) -> None:
    places = ", ".join("?" * len(COLUMNS[table]))
    transaction.executemany(f"INSERT INTO {table} ({', '.join(COLUMNS[table])}) VALUES ({places})", rows)  # noqa: S608 - only constants are put in


def _rows_in(path: Path, table: str) -> list[Row]:
    try:
        with closing(path.open(newline="", encoding="utf-8-sig")) as file:
            reader = csv.DictReader(file)
            missing = [column for column in COLUMNS[table] if column not in (reader.fieldnames or ())]
            if missing:
                raise BadInput(f"{path}: column {missing[0]} is missing; {table} has {', '.join(COLUMNS[table])}")
            rows = [_row(path, reader.line_num, table, values) for values in reader]
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadInput(f"{path}: no CSV in UTF-8: {error}") from error
    seen: set[Value] = set()
    for row in rows:
        if row[0] in seen:
            raise BadInput(f"{path}: {COLUMNS[table][0]} {row[0]} stands there twice")
        seen.add(row[0])
    return rows


def _row(path: Path, line: int, table: str, values: Mapping[str, str | None]) -> Row:
    row: list[Value] = []
    for column in COLUMNS[table]:
        text = (values[column] or "").strip()
        try:
            row.append(int(text) if column in _WHOLE else float(text) if column == "total_cost" else text)
        except ValueError:
            kind = "whole number" if column in _WHOLE else "number"
            raise BadInput(f"{path}: line {line}: {column} {text!r} is no {kind}") from None
        if text == "":
            raise BadInput(f"{path}: line {line}: {column} is empty")
    return tuple(row)


def _own_rows() -> Mapping[str, list[Row]]:
    goods = [(store, *good) for store in range(1, len(_STORES) + 1) for good in _GOODS]
    return {
        "guilds": list(enumerate(_GUILDS, start=1)),
        "enemies": [(number, name, level) for number, (name, level) in enumerate(_ENEMIES, start=1)],
        "damages": [(number, name, level * 5) for number, (name, level) in enumerate(_ENEMIES, start=1)],
        "quests": [(number, name, contact) for number, (name, contact) in enumerate(_QUESTS, start=1)],
        "stores": list(enumerate(_STORES, start=1)),
        "inventory": [
            (number, store, item, cost, category, 10 + 7 * number % 40)
            for number, (store, item, cost, category) in enumerate(goods, start=1)
        ],
    }
