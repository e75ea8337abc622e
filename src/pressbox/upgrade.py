"""
Bringing the data folder of the pressbox before this one to the formats of this one.

Each file is converted in one transaction, so a crash leaves it in the old format or in the new one, and running it again
does the rest.
"""

from contextlib import ExitStack
from functools import cache, partial
from pathlib import Path

from msgspec import Struct

from pressbox.errors import BadInput
from pressbox.log.disk import Disk, disk_errors
from pressbox.log.lock import take_lock
from pressbox.log.reader import SegmentReader
from pressbox.model.box_score import DeadLetter, decode_dead_letter_result
from pressbox.pipelines.box_score import GAMES_DEAD_LETTERS
from pressbox.settings import Settings
from pressbox.stores.sqlite_dead_letters import FILE_NAME as DEAD_LETTERS_FILE
from pressbox.stores.sqlite_dead_letters import VERSION as DEAD_LETTERS_VERSION
from pressbox.stores.sqlite_dead_letters import SqliteDeadLetters

_RECORDS_A_READ = 500


class Upgraded(Struct, frozen=True):
    """A file that may need it: the format it *had*, and the one it *has* now."""

    file: Path
    had: int
    has: int


def upgrade_data(settings: Settings, data: Path) -> list[Upgraded]:
    """
    Bring every file in *data* to the format of this pressbox and return what each one had.

    Raises:
        BadInput: there is no log in *data*.
        BadSettings: a pressbox runs on *data*, or a newer one wrote it.
        Corrupted: the log is damaged.
        Unavailable: the disk refused; what was not converted is as it was.
    """
    log = data / settings.log.path
    if not log.is_dir():
        raise BadInput(f"there is no log in {log}: name the folder of the data with --data")
    disk = Disk()
    with ExitStack() as held:
        with disk_errors(f"taking the lock of {log}"):
            held.callback(disk.close, take_lock(disk, log))
        letters = SqliteDeadLetters(data / DEAD_LETTERS_FILE)
        times = cache(partial(_refusal_times, log))
        had = letters.upgrade(lambda letter_id, revision: times().get((letter_id, revision)))
    return [] if had is None else [Upgraded(data / DEAD_LETTERS_FILE, had, DEAD_LETTERS_VERSION)]


def _refusal_times(log: Path) -> dict[tuple[str, int], int]:
    """Return when each letter was refused, by id and revision, as far as the log still has its result."""
    times: dict[tuple[str, int], int] = {}
    with SegmentReader(log) as reader:
        for partition in range(reader.partitions(GAMES_DEAD_LETTERS)):
            offset = reader.start(GAMES_DEAD_LETTERS, partition)
            while records := reader.read(GAMES_DEAD_LETTERS, partition, offset, records_max=_RECORDS_A_READ):
                offset = records[-1].offset + 1
                for record in records:
                    result = decode_dead_letter_result(record.value)
                    if isinstance(result, DeadLetter):
                        times[result.id, result.revision] = record.time_ms
    return times
