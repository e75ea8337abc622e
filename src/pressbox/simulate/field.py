"""Sessions on a field: made-up athletes and all that their devices send, the same for the same seed."""

from collections.abc import Iterator, Sequence
from heapq import heappop, heappush
from typing import Final

from msgspec import Struct

from pressbox.model.session import PRESETS, AthleteProfile, Sex, Terms, terms_of
from pressbox.simulate.athlete import Athlete, Build
from pressbox.simulate.chance import Chance
from pressbox.simulate.play import REPLACED_EVERY_S, Play, Post
from pressbox.simulate.sending import Sending
from pressbox.simulate.wearable import Trouble, Wearable

BATCH_MS: Final = 200

_GIVEN: Final = {
    "f": ("Ada", "Bea", "Cleo", "Dana", "Elin", "Fay", "Greta", "Hana", "Inga", "Jo", "Kaia", "Lena", "Mara"),
    "m": ("Abel", "Ben", "Caleb", "Dov", "Emil", "Finn", "Gus", "Hugo", "Ivan", "Jonas", "Kofi", "Leo", "Milan"),
}
_FAMILY: Final = ("Ashdown", "Birk", "Castell", "Dorn", "Ebbets", "Falk", "Grove", "Hale", "Iversen", "Juhl", "Kern")
_STRIDE: Final = 36
_SPEEDS_M_S: Final = {"f": (7.3, 8.7), "m": (8.0, 9.6)}


class Wearer(Struct, frozen=True):
    """Who wears which device."""

    device: str
    athlete: AthleteProfile


class FieldPlan(Struct, frozen=True, kw_only=True):
    """
    The session named *session* to simulate, with an athlete for each of *devices*.

    Another *seed*, or another *number*, gives other athletes and other runs; names change nothing.
    """

    session: str
    devices: tuple[str, ...]
    seed: int = 0
    number: int = 1
    sport: str = "lacrosse"
    rate_hz: int = 25
    span_s: float = 300.0
    batch_ms: int = BATCH_MS
    trouble: Trouble = Trouble()


class FieldSession:
    """
    The session of *plan*: who wears what, and what the devices send.

    No clock and no chance but that of the seed: the same plan gives the same messages.
    """

    def __init__(self, plan: FieldPlan) -> None:
        self._plan = plan
        chance = Chance(f"{plan.seed}/{plan.number}")
        preset = PRESETS[plan.sport]
        self._play = Play(preset.field, chance)
        self._teams: list[list[Athlete]] = []
        self._chance = chance
        self._wearables: list[tuple[int, Athlete, Wearable]] = []
        sex: Sex = chance.pick(("f", "m"))
        count_home = (len(plan.devices) + 1) // 2
        sides = ("home", count_home, True), ("away", len(plan.devices) - count_home, False)
        names = _names(sex, Chance(f"{plan.seed}/{plan.number}/names"))
        for team, count, forwards in sides:
            posts = self._play.posts(plan.sport, count, forwards=forwards)
            self._teams.append(
                [_athlete(f"{team}-{place + 1:02}", next(names), sex, post, chance) for place, post in enumerate(posts)]
            )
        for number, athlete in enumerate(athlete for team in self._teams for athlete in team):
            own = Chance(f"{plan.seed}/{plan.number}/{number}")
            wearable = Wearable(plan.devices[number], plan.session, plan.span_s, plan.trouble, own)
            self._wearables.append((number * plan.batch_ms // len(plan.devices), athlete, wearable))
        self._replaces_s = [chance.within(*REPLACED_EVERY_S[plan.sport]) for _ in self._teams]

    @property
    def name(self) -> str:
        """The session's name."""
        return self._plan.session

    @property
    def wearers(self) -> list[Wearer]:
        """Who wears which device, in the order of the devices."""
        return [Wearer(wearable.name, athlete.profile) for _, athlete, wearable in self._wearables]

    @property
    def terms(self) -> Terms:
        """What the samples of this session are to be measured by."""
        return terms_of(PRESETS[self._plan.sport], round(1000 / self._plan.rate_hz))

    @property
    def samples_expected(self) -> int:
        """How many samples there are if no sensor drops out."""
        return len(self._plan.devices) * int(self._plan.span_s * self._plan.rate_hz)

    def sendings(self, start_ms: int) -> Iterator[Sending]:
        """Yield what the devices send, in the order of sending, in a session that begins at *start_ms*; once."""
        waiting: list[tuple[int, int, Sending]] = []
        made, ticks = 0, 0
        batch_s, rate_hz = self._plan.batch_ms / 1e3, self._plan.rate_hz
        for batch in range(int(self._plan.span_s / batch_s)):
            now_s = batch * batch_s
            self._play.advance(now_s, batch_s)
            self._replace(now_s)
            before, ticks = ticks, int((batch + 1) * self._plan.batch_ms * rate_hz / 1000)
            for phase_ms, athlete, wearable in self._wearables if ticks > before else ():
                times_ms = [phase_ms + round(tick * 1000 / rate_hz) for tick in range(before, ticks)]
                readings = athlete.advance(self._play, now_s, ticks - before, 1 / rate_hz)
                for sending in wearable.transmit(readings, athlete.heart_rate_bpm, times_ms, start_ms):
                    heappush(waiting, (sending.due_ms, made, sending))
                    made += 1
            while waiting and waiting[0][0] <= (batch + 1) * self._plan.batch_ms:
                yield heappop(waiting)[2]
        while waiting:
            yield heappop(waiting)[2]

    def _replace(self, now_s: float) -> None:
        for place, team in enumerate(self._teams):
            if now_s < self._replaces_s[place]:
                continue
            self._replaces_s[place] = now_s + self._chance.within(*REPLACED_EVERY_S[self._plan.sport])
            off = [athlete for athlete in team[1:] if athlete.post.on_field]  # the goalkeeper stays
            on = [athlete for athlete in team if not athlete.post.on_field]
            if off and on:
                one, other = self._chance.pick(off), self._chance.pick(on)
                one.post, other.post = other.post, one.post


def in_order(sessions: Sequence[Iterator[Sending]]) -> Iterator[Sending]:
    """Yield the sendings of all *sessions* in the order they are due."""
    waiting: list[tuple[int, int, Sending]] = []

    def await_next(place: int) -> None:
        sending = next(sessions[place], None)
        if sending is not None:
            heappush(waiting, (sending.due_ms, place, sending))

    for place in range(len(sessions)):
        await_next(place)
    while waiting:
        _, place, sending = heappop(waiting)
        yield sending
        await_next(place)


def _names(sex: Sex, chance: Chance) -> Iterator[str]:
    """Yield all names there are, each once, in strides that share no factor with their count."""
    count, number = len(_GIVEN[sex]) * len(_FAMILY), chance.between(0, 1000)
    for _ in range(count):
        number += _STRIDE
        yield f"{_GIVEN[sex][number % len(_GIVEN[sex])]} {_FAMILY[number % len(_FAMILY)]}"


def _athlete(identifier: str, name: str, sex: Sex, post: Post, chance: Chance) -> Athlete:
    top_m_s = chance.within(*_SPEEDS_M_S[sex])
    profile = AthleteProfile(
        athlete=identifier,
        name=name,
        heart_rate_bpm_rest=chance.between(46, 66),
        heart_rate_bpm_max=chance.between(182, 204),
        sex=sex,
        speed_mm_s_top=round(top_m_s * 1e3),
    )
    return Athlete(profile, Build(top_m_s, chance.within(4.0, 6.0)), post, chance)
