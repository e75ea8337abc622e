"""A session by hand for the pages of sessions: its athletes, people who sign in, and what the operations were asked."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec

from pressbox.access.access import Access
from pressbox.errors import BadInput
from pressbox.model.load import AthleteName, SessionTold, WindowMedical, WindowPerformance
from pressbox.model.metric import Medical, Performance
from pressbox.model.person import Role
from pressbox.model.session import Field
from pressbox.serve.entrance import Entrance
from pressbox.serve.telemetry import Telemetry
from pressbox.serve.touchline import Touchline
from tests.serve.stand import Memory, services, serving

PASSWORD = "a password long enough"
PATH = "/sessions/north/game-1"
BPM_MEAN, BPM_NOW = 151, 163

PERFORMANCE = Performance(
    **dict.fromkeys(Performance.__struct_fields__, 0) | {"distance_m": 4321.0, "player_load": 50.0}  # type: ignore[arg-type]
)
MEDICAL = Medical(**dict.fromkeys(Medical.__struct_fields__) | {"heart_rate_bpm_mean": float(BPM_MEAN)})  # type: ignore[arg-type]


def told(**more: Any) -> SessionTold:
    fields: dict[str, Any] = {
        "stadium": "north",
        "session": "game-1",
        "state": "open",
        "revision": 1,
        "index": 0,
        "opened_ms": 1_800_000_000_000,
        "closed_ms": None,
        "sport": "lacrosse",
        "zones_dkmh": (0, 72),
        "field": Field(length_mm=100_000, width_mm=60_000),
        "periods": (),
        "athletes": (AthleteName("7", "Mia Berg"), AthleteName("8", "Zoe <b>Ek</b>")),
        "wearers": {},
    }
    return SessionTold(**{**fields, **more})


def performance(athlete: str, distance_m: float, **more: Any) -> WindowPerformance:
    figures = msgspec.structs.replace(PERFORMANCE, distance_m=distance_m)
    fields: dict[str, Any] = {"session": "game-1", "window": "session", "start_ms": 0} | more
    return WindowPerformance(stadium="north", athlete=athlete, revision=1, index=0, performance=figures, **fields)


def medical(athlete: str, **more: Any) -> WindowMedical:
    fields: dict[str, Any] = {"session": "game-1", "window": "session", "start_ms": 0} | more
    return WindowMedical(stadium="north", athlete=athlete, revision=1, index=0, medical=MEDICAL, **fields)


class Windows:
    """A metrics reader by hand: windows of one session, and earlier sessions."""

    def __init__(self, windows: Iterable[Any], earlier: Iterable[Any] = ()) -> None:
        self.all, self.earlier = list(windows), list(earlier)

    def windows(
        self,
        stadium: str,
        session: str,
        window: str,
        *,
        athlete: str | None = None,
        start_ms: int | None = None,
        end_ms: int | None = None,
    ) -> list[Any]:
        wanted = [one for one in self.all if (one.stadium, one.session, one.window) == (stadium, session, window)]
        return [
            one
            for one in wanted
            if athlete in (None, one.athlete)
            and (start_ms is None or start_ms <= one.start_ms)
            and (end_ms is None or one.start_ms < end_ms)
        ]

    def history(self, athlete: str, *, sessions_max: int) -> list[Any]:
        return [one for one in self.earlier if one.athlete == athlete][:sessions_max]


class Ground:
    """Pages over one session, people who sign in, and what the operations were asked."""

    def __init__(self, data: Path) -> None:
        self.access = Access(data).open()
        self.touchline = Touchline()
        self.now = told()
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.refusal = ""
        self.performance = Windows(
            [performance("7", 4321.0), performance("8", 1500.0)], [performance("7", 5000.0, session="earlier")]
        )
        self.medical = Windows([medical("7"), medical("8")])
        self.url = ""

    @contextmanager
    def served(self) -> Iterator[None]:
        telemetry = Telemetry(
            lambda: [self.now],
            lambda stadium, session: self.now if (stadium, session) == ("north", "game-1") else None,
            self.performance,  # type: ignore[arg-type]
            self.medical,  # type: ignore[arg-type]
            self.touchline,
        )
        operations = {name: self._operation(name) for name in ("session_period", "session_close")}
        entrance = Entrance(self.access.gate, self.access.administration, self.access.form_secret())
        with serving(services(Memory(), operations=operations, entrance=entrance, telemetry=telemetry)) as url:
            self.url = url
            yield

    def _operation(self, name: str) -> Any:
        def ask(**said: Any) -> None:
            if self.refusal:
                raise BadInput(self.refusal)
            self.asked.append((name, said))

        return ask

    def client(self, name: str, role: Role) -> httpx.Client:
        """Return a browser in which *name* has signed in."""
        link = self.access.administration.add_person("a test", name, role)
        session = self.access.gate.accept(link, name, PASSWORD, "here")
        assert session is not None
        return httpx.Client(base_url=self.url, cookies={"pressbox-session": session})

    def consent(self, athlete: str) -> None:
        self.access.administration.add_consent("a test", athlete, None, None)

    def audited(self) -> list[str]:
        return [str(entry) for _, entry in self.access.administration.audit(deeds=["saw medical"])]
