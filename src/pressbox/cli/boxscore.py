"""`pressbox boxscore`: one game, folded at once, for pipes and notebooks."""

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import BinaryIO

import click

from pressbox.codec.gamestream import read_gamestream
from pressbox.codec.playbyplay import read_playbyplay
from pressbox.codec.reading import Reading
from pressbox.codec.reference import decode_reference, encode_players, encode_teams
from pressbox.errors import BadInput, RejectedRecord, Unavailable
from pressbox.model.box_score import DeadLetter, Document
from pressbox.model.event import Entry, Rejected
from pressbox.model.reference import ReferenceData, standings, team_of
from pressbox.model.roster import Team
from pressbox.runtime.one_shot import OneShot
from pressbox.sources.s3 import S3Settings, read_object

_REJECTED = 3
_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command()
@click.argument("stream")
@click.option("--teams", type=_FILE, help="CSV: id,name,conference,wins,losses")
@click.option("--players", type=_FILE, help="CSV: id,name,number,shots,goals,teamid")
@click.option("--home", type=int, help="Team id of the home team. [default: the first of exactly two]")
@click.option("--away", type=int, help="Team id of the away team. [default: the second of exactly two]")
@click.option("--at", type=int, help="Print the document as it stood after this event.")
@click.option("--every-event", is_flag=True, help="Print one line for every accepted line of the stream.")
@click.option(
    "--standings", "folder", type=click.Path(path_type=Path, file_okay=False),
    help="When the game is over, write teams2.csv and players2.csv here.",
)  # fmt: skip
def boxscore(
    stream: str,
    teams: Path | None,
    players: Path | None,
    home: int | None,
    away: int | None,
    at: int | None,
    folder: Path | None,
    *,
    every_event: bool,
) -> None:
    """
    Print the box score document of the game in STREAM: a file, - for standard input, or s3://bucket/key.

    A play-by-play feed (JSON) brings its own rosters; a game stream needs --teams and --players. Rejected lines are
    named on standard error and make the exit code 3. The end of the input does not end a game.

    \b
    Examples:
      pressbox boxscore gamestream.txt --teams teams.csv --players players.csv
      tail -f game.txt | pressbox boxscore - --every-event --teams teams.csv --players players.csv
    """
    if at is not None and every_event:
        raise click.UsageError("--at names one document, --every-event asks for all: choose one")
    reference = _reference(teams, players)
    if folder is not None and reference is None:
        raise click.UsageError("--standings adds to the tables: give them with --teams and --players")
    feed = _Feed(stream, reference, home, away)
    printed = _Printed(at, every_event=every_event)
    rejected = 0
    for entry in feed.entries():
        document, letters = feed.game.enter(entry)
        rejected += _tell(letters)
        if document is not None:
            printed.take(document)
    if feed.tail is not None:
        _tell_rejected(feed.tail)
        rejected += 1
    printed.finish()
    if folder is not None and reference is not None:
        _write_standings(folder, reference, feed.game)
    if rejected:
        sys.exit(_REJECTED)


class _Feed:
    """The entries of a stream as they come, and the game they are folded into."""

    game: OneShot

    def __init__(self, stream: str, reference: ReferenceData | None, home: int | None, away: int | None) -> None:
        self._stream = stream
        self._name = "gamestream" if stream == "-" else PurePosixPath(stream).stem
        self._reference = reference
        self._sides = (home, away)
        self.tail: Entry | None = None

    def entries(self) -> Iterator[Entry]:
        with _opened(self._stream) as file:
            first = _first_line(file)
            if first.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{"):
                yield from self._plays(first + file.read())
            else:
                yield from self._lines(first, file)

    def _plays(self, content: bytes) -> Iterator[Entry]:
        reading = _read_playbyplay(content, self._stream)
        if reading.home is None or reading.away is None:  # pragma: no cover - a play-by-play feed has both
            raise BadInput(f"{self._stream}: it names no teams")
        self.game = OneShot(self._name, "playbyplay", reading.home, reading.away)
        yield from reading.entries

    def _lines(self, first: bytes, file: BinaryIO) -> Iterator[Entry]:
        self.game = OneShot(self._name, "gamestream", *self._teams())
        number, line = 1, first
        while line:
            reading = read_gamestream(line, first_number=number)
            yield from reading.entries
            self.tail = reading.tail
            number, line = number + line.count(b"\n"), file.readline()

    def _teams(self) -> tuple[Team, Team]:
        data, (home, away) = self._reference, self._sides
        if data is None:
            raise BadInput(f"{self._stream} is a game stream: it needs --teams and --players")
        if home is None or away is None:
            if len(data.teams) != 2:  # noqa: PLR2004 - home and away
                raise BadInput(f"which of {len(data.teams)} teams play is not known: name them with --home and --away")
            home = data.teams[0].id if home is None else home
            away = data.teams[1].id if away is None else away
        if home == away:
            raise BadInput(f"team {home} cannot play itself: name the other with --home or --away")
        return team_of(data, home), team_of(data, away)


class _Printed:
    """What goes to standard output: every document, or the one that is asked for, at the end."""

    def __init__(self, at: int | None, *, every_event: bool) -> None:
        self._at = at
        self._every_event = every_event
        self._wanted: Document | None = None

    def take(self, document: Document) -> None:
        if self._every_event:
            click.echo(bytes(document.body))
        elif self._at is None or document.event_id <= self._at:
            self._wanted = document

    def finish(self) -> None:
        if self._wanted is not None:
            click.echo(bytes(self._wanted.body))
        elif self._at is not None:
            raise BadInput(f"the game has no document at event {self._at}")


@contextmanager
def _opened(stream: str) -> Iterator[BinaryIO]:
    if stream == "-":
        yield sys.stdin.buffer
    elif stream.startswith("s3://"):
        yield io.BytesIO(read_object(S3Settings(), stream.removeprefix("s3://")))
    else:
        try:
            file = Path(stream).open("rb")  # noqa: SIM115 - closed below; only opening it may fail so
        except OSError as error:
            raise BadInput(f"{stream}: {error.strerror}") from error
        with file:
            yield file


def _first_line(file: BinaryIO) -> bytes:
    """Return everything up to and with the first line that is not blank, so that blank lines keep their numbers."""
    read = b""
    while line := file.readline():
        read += line
        if line.removeprefix(b"\xef\xbb\xbf").strip():
            break
    return read


def _read_playbyplay(content: bytes, stream: str) -> Reading:
    try:
        return read_playbyplay(content)
    except RejectedRecord as error:
        raise BadInput(f"{stream}: {error}") from error


def _reference(teams: Path | None, players: Path | None) -> ReferenceData | None:
    if teams is None and players is None:
        return None
    if teams is None or players is None:
        raise click.UsageError("--teams and --players belong together")
    try:
        return decode_reference(
            teams.read_bytes(), players.read_bytes(), teams_file=str(teams), players_file=str(players)
        )
    except OSError as error:
        raise Unavailable(f"{error.filename}: {error.strerror}") from error


def _tell(letters: list[DeadLetter]) -> int:
    for letter in letters:
        click.echo(f"line {letter.number}: {letter.reason}: {letter.raw.decode('utf-8', 'backslashreplace')}", err=True)
    return len(letters)


def _tell_rejected(tail: Entry) -> None:
    reason = tail.event.reason if isinstance(tail.event, Rejected) else "the last line is unfinished"
    click.echo(f"line {tail.number}: {reason}: {tail.raw.decode('utf-8', 'backslashreplace')}", err=True)


def _write_standings(folder: Path, reference: ReferenceData, game: OneShot) -> None:
    if game.settled is None:
        click.echo("the game adds nothing to the tables: it is not over, or its feed brought its own rosters", err=True)
        return
    after = standings(reference, [game.settled])
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "teams2.csv").write_bytes(encode_teams(after.teams))
        (folder / "players2.csv").write_bytes(encode_players(after.players))
    except OSError as error:
        raise Unavailable(f"{error.filename}: {error.strerror}") from error
