"""`pressbox simulate field`: athletes who are not there, and all that their devices send."""

from collections.abc import Iterator
from typing import Any

import click
from msgspec.structs import replace

from pressbox.cli.simulate_devices import Chosen, Simulated, device_options, play
from pressbox.model.load import SessionOpened
from pressbox.model.session import PRESETS
from pressbox.simulate.field import FieldPlan, FieldSession, in_order
from pressbox.simulate.sending import Sending
from pressbox.simulate.wearable import Trouble

_USUAL = Trouble()
_SHARE = click.FloatRange(0, 1)


@click.command()
@click.option("--seed", type=int, default=0, show_default=True, help="Another seed, other athletes.")
@click.option("--sessions", type=click.IntRange(1, 100), default=1, show_default=True, help="So many at once.")
@click.option("--athletes", type=click.IntRange(1, 100), default=46, show_default=True, help="In each session.")
@click.option(
    "--hz",
    "rate_hz",
    type=click.IntRange(1, 100),
    default=25,
    show_default=True,
    help="Samples a second of each device.",
)
@click.option(
    "--minutes",
    type=click.FloatRange(0, min_open=True),
    default=5.0,
    show_default=True,
    help="How long a session lasts.",
)
@click.option(
    "--sport",
    type=click.Choice(sorted(PRESETS)),
    default="lacrosse",
    show_default=True,
    help="Whose field and formation.",
)
@click.option(
    "--dropouts",
    "dropouts_per_hour",
    type=click.FloatRange(0),
    default=_USUAL.dropouts_per_hour,
    show_default=True,
    help="How often an hour a device loses samples, or sends them late.",
)
@click.option(
    "--clock-error",
    "clock_error_ms",
    type=click.IntRange(0),
    default=_USUAL.clock_error_ms,
    show_default=True,
    help="How many ms clocks are off at most.",
)
@click.option(
    "--drift",
    "drift_ppm",
    type=click.FloatRange(0),
    default=_USUAL.drift_ppm,
    show_default=True,
    help="How many millionths clocks go wrong at most.",
)
@click.option(
    "--belts-lost",
    type=_SHARE,
    default=_USUAL.belts_lost,
    show_default=True,
    help="Share of athletes whose heart rate is missing, later or from the start.",
)
@click.option(
    "--doubled", type=_SHARE, default=_USUAL.doubled, show_default=True, help="Share of messages that are sent twice."
)
@click.option(
    "--reordered",
    type=_SHARE,
    default=_USUAL.reordered,
    show_default=True,
    help="Share of messages that come after later ones.",
)
@device_options
def field(
    *,
    seed: int,
    sessions: int,
    athletes: int,
    rate_hz: int,
    minutes: float,
    sport: str,
    dropouts_per_hour: float,
    clock_error_ms: int,
    drift_ppm: float,
    belts_lost: float,
    doubled: float,
    reordered: float,
    **said: Any,
) -> None:
    """
    Let made-up athletes play, and publish what their devices would, over MQTT.

    They run, sprint and rest about a play that wanders over the field; hearts follow their effort with a lag. Sensors
    drop out, clocks are wrong, belts slip, messages come twice or late. The same seed gives the same samples. A device
    is known by what one of --register, --password-file, --certificates or PRESSBOX_DEVICE_PASSWORD says. Exit codes: 0
    all was acknowledged, 3 something was refused, 4 something was not acknowledged.

    \b
    Examples:
      pressbox up --settings with-mqtt.toml                (in another terminal)
      pressbox simulate field --register
      pressbox simulate field --register --sessions 10 --minutes 90 --messagepack
      pressbox simulate field --register --sport football --athletes 22 --hz 10 --seed 7
    """
    chosen = Chosen(**said)
    usual = [f"sim-{number + 1}-{place + 1:02}" for number in range(sessions) for place in range(athletes)]
    devices = chosen.names(usual)
    name = chosen.session("field")
    plan = FieldPlan(
        session=name,
        devices=(),
        seed=seed,
        sport=sport,
        rate_hz=rate_hz,
        span_s=minutes * 60,
        batch_ms=chosen.batch_ms,
        trouble=Trouble(
            clock_error_ms=clock_error_ms,
            drift_ppm=drift_ppm,
            dropouts_per_hour=dropouts_per_hour,
            belts_lost=belts_lost,
            doubled=doubled,
            reordered=reordered,
        ),
    )
    played = [
        FieldSession(
            replace(
                plan,
                session=name if sessions == 1 else f"{name}-{number + 1}",
                devices=tuple(devices[number * athletes : (number + 1) * athletes]),
                number=number + 1,
            )
        )
        for number in range(sessions)
    ]

    def sent(start_ms: int) -> Iterator[Sending]:
        # played faster than life, a session that ends when it is over began earlier: samples of the future do not count
        begun_ms = start_ms - round(max(plan.span_s - plan.span_s / chosen.speed, 0) * 1e3)
        return in_order([one.sendings(begun_ms) for one in played])

    opened = [
        (_opening(one, chosen), {wearer.device: wearer.athlete.athlete for wearer in one.wearers}) for one in played
    ]
    play(Simulated(sessions=opened, sendings=sent, samples=sum(one.samples_expected for one in played)), chosen)


def _opening(session: FieldSession, chosen: Chosen) -> SessionOpened:
    return SessionOpened(
        stadium=chosen.stadium,
        session=session.name,
        athletes=tuple(wearer.athlete for wearer in session.wearers),
        terms=session.terms,
    )
