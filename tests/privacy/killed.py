"""
A process that erases and is killed: `python -m tests.privacy.killed SEASON OUT SEED NOW_S FUNCTIONS MOMENTS`.

SEASON is copied into OUT once for each kill: at a line of so many functions that take part, chosen by SEED, and at
moments chosen by it, which also lie within what is no Python. The copies are left as the kills leave them.
"""

import os
import random
import shutil
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from pressbox import privacy
from pressbox.privacy.erasure import erasing
from tests.privacy.season import ANN, Season

_ROOMS = [str(Path(privacy.__file__).parents[1] / room) for room in ("privacy", "stores", "access", "log")]

Step = Callable[[str], None]


def erased(data: Path, now_s: float, step: Step) -> None:
    """Erase her from *data*, calling *step* before each line with the function it is of."""

    def tracer(frame: FrameType, event: str, _: Any) -> Any:
        if not frame.f_code.co_filename.startswith(tuple(_ROOMS)):
            return None
        if event == "line":
            step(f"{frame.f_code.co_filename}:{frame.f_code.co_qualname}")
        return tracer

    season = Season(data, now_s)
    with erasing(season.place, ANN) as erasure:
        sys.settrace(tracer)
        erasure.run("eve", "r-1", season.clock, lambda _: None)
        sys.settrace(None)


def forked(work: Callable[[], None]) -> int:
    """Return the number of a process that does *work*."""
    process = os.fork()
    if process == 0:
        try:
            work()
        finally:
            os._exit(0)
    return process


def killer(line: int) -> Step:
    """Return what ends this process at line number *line*."""
    left = [line]

    def step(_: str) -> None:
        left[0] -= 1
        if left[0] < 0:
            os.kill(os.getpid(), signal.SIGKILL)

    return step


def main(season: Path, out: Path, seed: int, now_s: float, functions: int, moments: int) -> None:
    chosen = random.Random(seed)
    shutil.copytree(season, out / "straight")
    told, telling = os.pipe()
    began_s = time.monotonic()
    with os.fdopen(telling, "w") as pipe:
        process = forked(lambda: erased(out / "straight", now_s, lambda name: print(name, file=pipe, flush=False)))
    with os.fdopen(told) as lines:
        names = lines.read().splitlines()
    os.waitpid(process, 0)
    took_s = time.monotonic() - began_s
    places: dict[str, list[int]] = {}
    for number, name in enumerate(names):
        places.setdefault(name, []).append(number)
    for number, (name, of_name) in enumerate(chosen.sample(sorted(places.items()), min(functions, len(places)))):
        copy = out / f"{number}-{name.rpartition('/')[2].replace(':', '-')}"
        shutil.copytree(season, copy)
        line = chosen.choice(of_name)
        os.waitpid(forked(lambda copy=copy, line=line: erased(copy, now_s, killer(line))), 0)  # type: ignore[misc]
    for moment in range(moments):
        copy = out / f"moment-{moment}"
        shutil.copytree(season, copy)
        process = forked(lambda copy=copy: erased(copy, now_s, lambda _: None))  # type: ignore[misc]
        time.sleep(chosen.random() * took_s)
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]), int(sys.argv[5]), int(sys.argv[6]))
