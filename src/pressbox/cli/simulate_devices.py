"""Devices that are not there: how they are known to a broker, and how what they send is played and counted."""

import asyncio
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import urlsplit

import click
import msgspec
from msgspec import Struct

from pressbox.access.devices import FILE_NAME, DeviceRegistry
from pressbox.cli.options import data_option, json_option, show_json
from pressbox.cli.recording import span_ms
from pressbox.cli.running import ask
from pressbox.codec.sensor_message import encode_json, encode_messagepack
from pressbox.errors import BadInput
from pressbox.model.load import SessionOpened
from pressbox.simulate.fault import boots_of, with_faults
from pressbox.simulate.sending import Sending
from pressbox.stream.clock import SystemClock

if TYPE_CHECKING:
    from pressbox.simulate.mqtt_device import Broker, Identity
    from pressbox.simulate.mqtt_publisher import Tally

F = TypeVar("F", bound=Callable[..., Any])

PASSWORD_VARIABLE: Final = "PRESSBOX_DEVICE_PASSWORD"  # noqa: S105 - its name, not its content

_REFUSED: Final = 3
_UNREACHED: Final = 4
_PORTS: Final = {"mqtt": 1883, "mqtts": 8883}


class _Speed(click.ParamType[float]):
    """A factor of time."""

    name = "speed"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return how many times as fast as life *value* says; max is as fast as it is taken."""
        if value == "max":
            return float("inf")
        try:
            speed = float(value)
        except ValueError:
            speed = 0.0
        if not speed > 0:
            self.fail(f"{value!r} is no speed: write 1, 10, 0.5 or max", param, ctx)
        return speed


_OPTIONS: Final[tuple[Callable[[Any], Any], ...]] = (
    click.option("--to", default="mqtt://127.0.0.1:1883", show_default=True,
                 help="Where to publish: mqtt://HOST:PORT, or mqtts:// for TLS."),
    click.option("--stadium", default="home", show_default=True, help="The stadium they publish from."),
    click.option("--session", "name", default=None, help="The session's name. [default: the command's and the time]"),
    click.option("--speed", type=_Speed(), default="1", show_default=True, metavar="1|10|max",
                 help="Times as fast as life; max: as fast as it is taken."),
    click.option("--batch", "batch_ms", default="200ms", show_default=True, metavar="SPAN", callback=span_ms,
                 help="How much a device sends together."),
    click.option("--messagepack", is_flag=True, help="Send MessagePack in place of JSON."),
    click.option("--faults", "faults_seed", type=int, default=None, metavar="SEED",
                 help="Let devices lose connections, restart and send again, by this seed."),
    click.option("--register", is_flag=True,
                 help="Add the devices to the pressbox of --data, open the session there, and close it at the end."),
    click.option("--password-file", type=click.Path(path_type=Path, exists=True, dir_okay=False),
                 help="Lines DEVICE PASSWORD, as `pressbox devices add` prints them; worn in this order."),
    click.option("--certificates", type=click.Path(path_type=Path, exists=True, file_okay=False),
                 help="Folder of DEVICE.pem and DEVICE.key; worn in the order of their names."),
    click.option("--ca", type=click.Path(path_type=Path, exists=True, dir_okay=False),
                 help="PEM file of the authority that signed the broker's certificate. [default: the system's]"),
)  # fmt: skip


def device_options(function: F) -> F:
    """Add the options a `Chosen` is made of."""
    function = json_option(data_option(function))
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


class Chosen(Struct, frozen=True):
    """What the command line says of the devices."""

    to: str
    stadium: str
    name: str | None
    speed: float
    batch_ms: int
    messagepack: bool
    faults_seed: int | None
    register: bool
    password_file: Path | None
    certificates: Path | None
    ca: Path | None
    data: Path
    settings: Path | None
    as_json: bool

    def session(self, kind: str) -> str:
        """Return the session's name, which says *kind* and the time where nobody said another."""
        return self.name or f"{kind}-{datetime.now(UTC):%Y%m%d-%H%M%S}"

    def names(self, usual: Sequence[str]) -> list[str]:
        """
        Return as many devices as there are *usual* names: those whose secrets are here, else the usual ones.

        Raises:
            BadInput: there are secrets of fewer devices.
            UsageError: there is nothing devices are known by.
        """
        ways = (self.register, self.password_file, self.certificates, os.environ.get(PASSWORD_VARIABLE))
        if sum(map(bool, ways)) != 1:
            raise click.UsageError(
                "devices have to be known by something: say one of --register, --password-file, --certificates, or set "
                f"{PASSWORD_VARIABLE}, a password they share"
            )
        known = list(self.passwords()) if self.password_file else self._certified()
        if known is None:
            return list(usual)
        if len(known) < len(usual):
            raise BadInput(f"{len(usual)} athletes, but secrets of {len(known)} devices only")
        return known[: len(usual)]

    def _certified(self) -> list[str] | None:
        return None if self.certificates is None else sorted(path.stem for path in self.certificates.glob("*.pem"))

    def passwords(self) -> Mapping[str, str]:
        """
        Return the password of each device the file names.

        Raises:
            BadInput: a line of it is none.
        """
        if self.password_file is None:
            return {}
        lines = [line.split() for line in self.password_file.read_text(encoding="utf-8").splitlines() if line.strip()]
        if any(len(words) < 2 for words in lines):  # noqa: PLR2004 - device and password
            raise BadInput(f"{self.password_file}: a line is DEVICE PASSWORD")
        return {words[0].rstrip(":"): words[1] for words in lines}


class Simulated(Struct, frozen=True, kw_only=True):
    """
    What is to be played: sessions with who wears what, and what the devices send in a playing that begins at a time.

    Devices whose *clocks_are_right* get no offset estimated, which is a matter of milliseconds, where they are registered.
    """

    sessions: Sequence[tuple[SessionOpened, Mapping[str, str]]]
    sendings: Callable[[int], Iterator[Sending]]
    samples: int
    clocks_are_right: bool = False

    @property
    def devices(self) -> list[str]:
        """All devices."""
        return [device for _, worn in self.sessions for device in worn]


def play(simulated: Simulated, chosen: Chosen) -> None:
    """
    Play *simulated*, tell what became of it, and exit other than with 0 where not everything was acknowledged.

    Raises:
        BadInput: the broker refuses a device, or the session cannot be opened.
        Unavailable: the broker cannot be reached.
        BadSettings: the client library is missing.
    """
    tally = asyncio.run(_published(simulated, chosen))
    _tell(tally, simulated, chosen)
    if not tally.is_complete:
        all_told = tally.messages_acknowledged + tally.messages_refused == tally.messages_sent
        sys.exit(_REFUSED if all_told else _UNREACHED)


async def _published(simulated: Simulated, chosen: Chosen) -> "Tally":
    from pressbox.simulate.mqtt_publisher import MqttPublisher, Voice  # noqa: PLC0415 - an extra

    voice = Voice(
        broker=_broker(chosen),
        stadium=chosen.stadium,
        encode=encode_messagepack if chosen.messagepack else encode_json,
        speed=chosen.speed,
    )
    publisher = MqttPublisher(voice, SystemClock())
    identities = _identities(simulated, chosen)
    with _progress(len(identities), "connecting") as progress:
        await publisher.connect(identities, progress)
    try:
        with _sessions_open(simulated, chosen), _progress(simulated.samples, "sending") as progress:
            start_ms = time.time_ns() // 1_000_000
            _set_clocks(simulated, chosen, start_ms)
            sendings = simulated.sendings(start_ms)
            faults_seed = chosen.faults_seed
            await publisher.play(sendings if faults_seed is None else with_faults(sendings, faults_seed), progress)
            await publisher.settle()
    finally:
        await publisher.close()
    return publisher.tally


def _broker(chosen: Chosen) -> "Broker":
    from pressbox.simulate.mqtt_device import Broker  # noqa: PLC0415 - an extra

    parts = urlsplit(chosen.to)
    try:
        port = parts.port
    except ValueError as error:
        raise BadInput(f"--to {chosen.to}: {error}") from error
    if parts.scheme not in _PORTS or not parts.hostname:
        raise BadInput(f"--to {chosen.to}: write mqtt://HOST:PORT or mqtts://HOST:PORT")
    if parts.username or parts.password:
        raise BadInput("--to: no password in an address; each device has its own")
    authority = None if chosen.ca is None else str(chosen.ca)
    return Broker(parts.hostname, port or _PORTS[parts.scheme], parts.scheme == "mqtts", authority)


def _identities(simulated: Simulated, chosen: Chosen) -> "list[Identity]":
    from pressbox.simulate.mqtt_device import Identity  # noqa: PLC0415 - an extra

    if chosen.register:
        return [Identity(device, password) for device, password in _registered(simulated.devices, chosen).items()]
    if chosen.certificates is not None:
        folder = chosen.certificates
        return [
            Identity(device, certificate=(str(folder / f"{device}.pem"), str(folder / f"{device}.key")))
            for device in simulated.devices
        ]
    shared = os.environ.get(PASSWORD_VARIABLE)
    passwords = chosen.passwords()
    return [Identity(device, passwords.get(device, shared)) for device in simulated.devices]


def _registered(devices: Sequence[str], chosen: Chosen) -> dict[str, str]:
    """Add *devices*, which are known by new passwords from now on, and return these."""
    registry = _registry(chosen)
    there = {one.name for one in registry.devices() if one.revoked_ms is None}
    passwords = {}
    with _progress(len(devices), "adding devices") as progress:
        for device in devices:
            now_ms = time.time_ns() // 1_000_000
            if device in there:
                registry.revoke(device, now_ms)
            passwords[device] = registry.add(device, now_ms)
            progress(1)
    return passwords


def _registry(chosen: Chosen) -> DeviceRegistry:
    if not chosen.data.exists():
        raise BadInput(f"there is no data in {chosen.data}: name the folder of the running pressbox with --data")
    registry = DeviceRegistry(chosen.data / FILE_NAME)
    registry.open()
    return registry


def _set_clocks(simulated: Simulated, chosen: Chosen, start_ms: int) -> None:
    if simulated.clocks_are_right and chosen.register:
        registry = _registry(chosen)
        boot = start_ms // 1000
        boots = [boot] if chosen.faults_seed is None else boots_of(boot)
        for device, one in product(simulated.devices, boots):
            registry.clock_offset_ms(device, one, 0)


@contextmanager
def _sessions_open(simulated: Simulated, chosen: Chosen) -> Iterator[None]:
    """Open the sessions for as long as the block runs, where that is ours to do."""
    with ExitStack() as stack:
        for opened, worn in simulated.sessions if chosen.register else ():
            _ask_session(chosen, "session_open", opened, **_said(opened), wearers=worn)
            stack.callback(_ask_session, chosen, "session_close", opened)
        yield


def _said(opened: SessionOpened) -> dict[str, Any]:
    plain = msgspec.to_builtins(opened)
    return {"sport": opened.terms.preset.sport, "athletes": plain["athletes"], "terms": plain["terms"]}


def _ask_session(chosen: Chosen, operation: str, opened: SessionOpened, **said: Any) -> None:
    ask(chosen.data, chosen.settings, operation, stadium=opened.stadium, session=opened.session, **said)


def _tell(tally: "Tally", simulated: Simulated, chosen: Chosen) -> None:
    for problem in tally.problems:
        click.echo(problem, err=True)
    if chosen.as_json:
        sessions = [
            {"stadium": opened.stadium, "session": opened.session, "wearers": worn}
            for opened, worn in simulated.sessions
        ]
        show_json({**msgspec.to_builtins(tally), "sessions": sessions})
        return
    for opened, worn in simulated.sessions:
        click.echo(f"{opened.stadium}/{opened.session}: {len(worn)} devices")
    click.echo(
        f"sent {tally.samples_sent:,} samples in {tally.messages_sent:,} messages, "
        f"{tally.samples_acknowledged:,} samples acknowledged"
    )


@contextmanager
def _progress(length: int, label: str) -> Iterator[Callable[[int], object]]:
    """Show how far it is, where a person looks on."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    with click.progressbar(length=length, label=label, file=sys.stderr) as bar:
        yield bar.update
