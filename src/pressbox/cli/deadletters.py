"""`pressbox deadletters`: what was rejected, why, and how it is mended."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click

from pressbox.cli.options import data_option, json_option, show_json, show_table
from pressbox.cli.running import ask
from pressbox.errors import BadInput
from pressbox.event_letters import EventLetters
from pressbox.sample_letters import SampleLetters
from pressbox.stores.sqlite_event_dead_letters import FILE_NAME as EVENT_LETTERS_FILE
from pressbox.stores.sqlite_event_dead_letters import LETTER_PREFIX as EVENT_PREFIX
from pressbox.stores.sqlite_sample_dead_letters import LETTER_PREFIX


@click.group()
def deadletters() -> None:
    """List, show and replay what was rejected; nothing is ever dropped."""


@deadletters.command("list")
@click.option("--game", default=None, help="Of this game only.")
@click.option("--all", "closed", is_flag=True, help="Those that were mended or left their feed, too.")
@click.option("--samples", is_flag=True, help="Those of sensors in place of those of games; they are medical.")
@click.option("--events", is_flag=True, help="Those of events of mobile games.")
@data_option
@json_option
def list_letters(
    game: str | None, data: Path, settings: Path | None, *, closed: bool, samples: bool, events: bool, as_json: bool
) -> None:
    """
    List the dead letters that need somebody.

    Those a store refused name it; their line is the offset of the result in the log. Those of sensors are read from
    DATA and pass no door: whoever can read DATA may see them.
    """
    if samples:
        _list_samples(data, closed=closed, as_json=as_json)
        return
    if events:
        _list_events(data, game, closed=closed, as_json=as_json)
        return
    letters = ask(data, settings, "deadletters_list", game=game, closed=closed)
    if as_json:
        show_json(letters)
        return
    rows = [
        (
            one["id"],
            one["game"],
            one["number"],
            _time(one["refused_ms"]),
            one["state"],
            one["store"],
            _text(one["raw"])[:60],
            one["reason"],
        )
        for one in letters
    ]
    show_table(("id", "game", "line", "refused", "state", "store", "content", "reason"), rows)


@deadletters.command()
@click.argument("letter")
@data_option
@json_option
def show(letter: str, data: Path, settings: Path | None, *, as_json: bool) -> None:
    """Show the dead letter whose id begins with LETTER, with all its bytes."""
    if letter.startswith(LETTER_PREFIX):
        _show_sample(letter, data, as_json=as_json)
        return
    if letter.startswith(EVENT_PREFIX):
        _show_event(letter, data, as_json=as_json)
        return
    found = ask(data, settings, "deadletters_show", letter=letter)
    if as_json:
        show_json(found)
        return
    for name in ("id", "game", "run", "number", "state", "reason", "revision"):
        click.echo(f"{name}: {found[name]}")
    click.echo(f"refused: {_time(found['refused_ms'])}" + (f" by store {found['store']}" if found["store"] else ""))
    click.echo(_text(found["raw"]))


@deadletters.command("replay-samples")
@click.option("--session", default=None, metavar="STADIUM/SESSION", help="Those of this session only.")
@data_option
@json_option
def replay_samples(session: str | None, data: Path, settings: Path | None, *, as_json: bool) -> None:
    """
    Try all open dead letters of sensors again, as they are.

    It is for a session that was opened, or a device that was assigned, after its samples had begun to come. What is
    refused still stays open.
    """
    done = ask(data, settings, "deadletters_replay_samples", session=session)
    if as_json:
        show_json(done)
    else:
        click.echo(f"{done['again']} messages stored again, {done['left']} cannot be read still")


@deadletters.command("replay-events")
@click.option("--game", default=None, help="Those of this mobile game only.")
@click.option("--dry-run", is_flag=True, help="Tell what would be sent again, and send nothing.")
@data_option
@json_option
def replay_events(game: str | None, data: Path, settings: Path | None, *, dry_run: bool, as_json: bool) -> None:
    """
    Try all open dead letters of events again, as they are.

    It is for events of a type whose schema was registered after they came. What fits no schema still stays open.
    """
    done = ask(data, settings, "deadletters_replay_events", game=game, dry_run=dry_run)
    if as_json:
        show_json(done)
    else:
        what = "would be sent again" if dry_run else "events sent again"
        click.echo(f"{done['again']} {what}, {done['left']} fit no schema still")


@deadletters.command()
@click.argument("letter")
@click.option("--line", default=None, help="What the entry should have said, as the feed writes it.")
@data_option
@json_option
def replay(letter: str, line: str | None, data: Path, settings: Path | None, *, as_json: bool) -> None:
    """
    Try the dead letter LETTER again.

    Without --line: with the rosters as the reference tables have them now (load the missing player first). With --line:
    as LINE says. What a store refused is given to that store again. A message of a sensor is stored as if it had come
    then, and with --line as LINE says, in JSON.
    """
    if letter.startswith(LETTER_PREFIX):
        mended = ask(data, settings, "deadletters_replay_sample", letter=letter, message=line)
        show_json(mended) if as_json else click.echo(f"{mended['id']}: {mended['state']}")
        return
    if letter.startswith(EVENT_PREFIX):
        mended = ask(data, settings, "deadletters_replay_event", letter=letter, message=line)
        show_json(mended) if as_json else click.echo(f"{mended['id']}: {mended['state']}")
        return
    found = ask(data, settings, "deadletters_replay", letter=letter, line=line)
    if as_json:
        show_json(found)
    else:
        click.echo(f"{found['id']}: {found['state']}" + (f" ({found['reason']})" if found["state"] == "open" else ""))
    if found["state"] == "open":
        raise click.exceptions.Exit(3)


def _list_samples(data: Path, *, closed: bool, as_json: bool) -> None:
    with _sample_letters(data) as kept:
        letters = kept.letters(closed=closed)
    if as_json:
        show_json(letters)
        return
    rows = [
        (one.id, one.stadium, one.session, one.device, _time(one.received_ms), one.state, len(one.message), one.reason)
        for one in letters
    ]
    show_table(("id", "stadium", "session", "device", "received", "state", "bytes", "reason"), rows)


def _show_sample(letter: str, data: Path, *, as_json: bool) -> None:
    with _sample_letters(data) as kept:
        found = kept.letter(letter)
    if as_json:
        show_json(found)
        return
    for name in ("id", "stadium", "session", "device", "state", "reason"):
        click.echo(f"{name}: {getattr(found, name)}")
    click.echo(f"received: {_time(found.received_ms)}")
    click.echo(found.message.decode("utf-8", "backslashreplace"))


def _list_events(data: Path, game: str | None, *, closed: bool, as_json: bool) -> None:
    with _event_letters(data) as kept:
        letters = kept.store.letters(game=game, closed=closed)
    if as_json:
        show_json(letters)
        return
    rows = [
        (one.id, one.game, one.event_id, _time(one.received_ms), one.state, len(one.content), one.reason)
        for one in letters
    ]
    show_table(("id", "game", "event", "received", "state", "bytes", "reason"), rows)


def _show_event(letter: str, data: Path, *, as_json: bool) -> None:
    with _event_letters(data) as kept:
        found = kept.letter(letter)
    if as_json:
        show_json(found)
        return
    for name in ("id", "game", "event_id", "state", "reason"):
        click.echo(f"{name.replace('_', ' ')}: {getattr(found, name)}")
    click.echo(f"received: {_time(found.received_ms)}")
    click.echo(found.content.decode("utf-8", "backslashreplace"))


@contextmanager
def _event_letters(data: Path) -> Iterator[EventLetters]:
    if not (data / EVENT_LETTERS_FILE).exists():
        raise BadInput(f"{data} has no events: [collector] in the settings takes them")
    letters = EventLetters(data)
    letters.store.open()
    try:
        yield letters
    finally:
        letters.store.close()


@contextmanager
def _sample_letters(data: Path) -> Iterator[SampleLetters]:
    letters = SampleLetters(data)
    letters.open()
    try:
        yield letters
    finally:
        letters.close()


def _time(epoch_ms: int | None) -> str:
    if epoch_ms is None:
        return "not known"
    return datetime.fromtimestamp(epoch_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _text(raw: str) -> str:
    return base64.b64decode(raw).decode("utf-8", "backslashreplace")
