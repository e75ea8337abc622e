"""The file of people: who they are, their sessions and one-time links, keys of machines, consents of athletes."""

from pathlib import Path
from typing import Final

from pressbox.access.registry import Registry
from pressbox.access.secret import new_token

FILE_NAME: Final = "people.sqlite"
VERSION: Final = 1

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS people (
    name TEXT PRIMARY KEY COLLATE NOCASE,
    role TEXT NOT NULL,
    password_hash TEXT,
    added_ms INTEGER NOT NULL,
    revoked_ms INTEGER
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS links (
    token_hash TEXT PRIMARY KEY,
    person TEXT COLLATE NOCASE,
    purpose TEXT NOT NULL,
    until_ms INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sessions (
    token_hash TEXT PRIMARY KEY,
    person TEXT NOT NULL COLLATE NOCASE,
    begun_ms INTEGER NOT NULL,
    used_ms INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS keys (
    name TEXT PRIMARY KEY,
    role TEXT NOT NULL,
    token_hash TEXT NOT NULL UNIQUE,
    added_ms INTEGER NOT NULL,
    revoked_ms INTEGER
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS consents (
    number INTEGER PRIMARY KEY,
    athlete TEXT NOT NULL,
    stadium TEXT,
    until_ms INTEGER,
    recorded_ms INTEGER NOT NULL,
    recorded_by TEXT NOT NULL,
    revoked_ms INTEGER,
    revoked_by TEXT
);
CREATE INDEX IF NOT EXISTS consents_of_athlete ON consents (athlete);
CREATE TABLE IF NOT EXISTS form_secret (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    value TEXT NOT NULL
);
"""


def people_file(data: Path) -> Registry:
    """Return the file of people in the folder *data*."""
    return Registry(data / FILE_NAME, _TABLES, VERSION)


def form_secret(file: Registry) -> str:
    """Return what signs forms, made the first time: a page that is open while pressbox restarts can still be sent."""
    with file.writing() as connection:
        connection.execute("INSERT OR IGNORE INTO form_secret VALUES (1, ?)", (new_token(),))
        (value,) = connection.execute("SELECT value FROM form_secret").fetchone()
    return str(value)
