"""The process under measurement: a pressbox that notes when each document is stored."""

import time
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Condition
from typing import TypeAlias

from pressbox.model.box_score import BoxScoreResult, Document
from pressbox.settings import Settings
from pressbox.simulate.reference import REFERENCE
from pressbox.stream.store import Batch
from pressbox.wiring import Pressbox

Stamps: TypeAlias = dict[tuple[str, int], int]
"""Nanoseconds of the monotonic clock, which all processes share, by game and event id."""

_LATE_S = 60.0


def run_pressbox(data: Path, pipe: Connection) -> None:
    """Say "ready"; then answer each number N with the stamps, once N events are stored; end at None."""
    stored_ns: Stamps = {}
    told = Condition()
    with Pressbox(Settings(), data) as pressbox:
        pressbox.reference.load(REFERENCE)
        write = pressbox.documents.write

        def write_and_note(batch: Batch[BoxScoreResult]) -> None:
            write(batch)
            now_ns = time.monotonic_ns()
            with told:
                for result in batch.results:
                    if isinstance(result, Document):
                        stored_ns.setdefault((result.game, result.event_id), now_ns)
                told.notify_all()

        pressbox.documents.write = write_and_note  # type: ignore[method-assign]
        pressbox.start()
        pipe.send("ready")
        while (events := pipe.recv()) is not None:
            with told:
                told.wait_for(lambda: len(stored_ns) >= events, _LATE_S)
                pipe.send(stored_ns)
        assert pressbox.failure is None
