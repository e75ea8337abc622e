"""The accounts of the lake: every offset of the topic of events is one thing and one only, and files hold what is said."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from pressbox.log.reader import SegmentReader
from pressbox.model.action import EventRefused, Repeated, RowAdded, decode_action_result
from pressbox.pipelines.game_play import ACTION_ROWS, EVENTS, EVENTS_DEAD_LETTERS
from pressbox.stores.lake import LakeFile, RolledRange, rows_in
from pressbox.stream.revision import offset_of, revision_of

_RECORDS_A_READ = 5_000


class Account(Struct, frozen=True, kw_only=True):
    """
    What became of the events in the log, by number.

    *problems* names what does not add up; without one every event is accounted for once.
    """

    events: int
    rows_in_files: int
    rows_not_rolled: int
    repeats: int
    untabled: int
    dead_letters: int
    not_folded: int
    problems: tuple[str, ...]


class Listing(Struct, frozen=True):
    """What the lake in *folder* says of itself: taken before the log is opened, which then holds at least as much."""

    folder: Path
    ranges: tuple[RolledRange, ...]
    files: tuple[LakeFile, ...]

    def rolled(self, generation: int, partition: int) -> int:
        """Return where the results of *partition* begin that are in no file."""
        own = [one.last + 1 for one in self.ranges if (one.generation, one.partition) == (generation, partition)]
        return max(own, default=0)


def account(listing: Listing, log: SegmentReader) -> Account:
    """
    Return what became of every event *log* holds.

    Raises:
        Corrupted: the log is damaged.
    """
    count: Counter[str] = Counter()
    problems: list[str] = []
    for partition in range(log.partitions(EVENTS)):
        _account_partition(log, listing, partition, count, problems)
    for file in listing.files:
        found = rows_in(listing.folder / file.path)
        if found != file.rows:
            problems.append(f"{file.path}: holds {found} rows, and {file.rows} were written")
    return Account(
        events=sum(log.end(EVENTS, one) - log.start(EVENTS, one) for one in range(log.partitions(EVENTS))),
        rows_in_files=count["rolled"],
        rows_not_rolled=count["row"],
        repeats=count["repeat"],
        untabled=count["untabled"],
        dead_letters=count["dead letter"],
        not_folded=count["not folded"],
        problems=tuple(problems),
    )


def _account_partition(
    log: SegmentReader, listing: Listing, partition: int, count: Counter[str], problems: list[str]
) -> None:
    start, end, generation = log.start(EVENTS, partition), log.end(EVENTS, partition), log.generation(EVENTS)
    rolled = listing.rolled(log.generation(ACTION_ROWS), partition)
    seen = bytearray(end - start)
    rows_of_ranges: Counter[int] = Counter()
    for topic, offset, what, revision in _results(log, partition):
        place = offset_of(revision) - start
        if revision < revision_of(generation, start) or not 0 <= place < len(seen):
            continue  # of an earlier generation of the topic, or of events retention took
        if seen[place]:
            problems.append(f"event {partition}/{place + start} became something twice")
        seen[place] = 1
        is_rolled = what == "row" and topic == ACTION_ROWS and offset < rolled
        count["rolled" if is_rolled else what] += 1
        if is_rolled:
            rows_of_ranges[offset] += 1
    folded_to = seen.rfind(1) + 1
    missing = seen[:folded_to].count(0)
    if missing:
        problems.append(
            f"{missing} events of partition {partition} became nothing, the first at {seen.find(0) + start}"
        )
    count["not folded"] += len(seen) - folded_to
    _check_ranges(log, listing, partition, rows_of_ranges, problems)


def _check_ranges(
    log: SegmentReader, listing: Listing, partition: int, rows: Counter[int], problems: list[str]
) -> None:
    generation, next_first = log.generation(ACTION_ROWS), 0
    of_files: Counter[int] = Counter()
    for file in listing.files:
        if (file.generation, file.partition) == (generation, partition):
            of_files[file.first] += file.rows
    for one in listing.ranges:
        if (one.generation, one.partition) != (generation, partition):
            continue
        if one.first != next_first:
            problems.append(f"results {next_first} to {one.first - 1} of partition {partition} are in no file")
        next_first = one.last + 1
        inside = sum(rows[offset] for offset in range(one.first, one.last + 1))
        if one.first >= log.start(ACTION_ROWS, partition) and inside != of_files[one.first]:
            problems.append(
                f"results {one.first} to {one.last}: {inside} rows in the log, {of_files[one.first]} in files"
            )


def _results(log: SegmentReader, partition: int) -> Iterator[tuple[str, int, str, int]]:
    for topic in (ACTION_ROWS, EVENTS_DEAD_LETTERS):
        offset = log.start(topic, partition)
        while records := log.read(topic, partition, offset, records_max=_RECORDS_A_READ):
            for record in records:
                result = decode_action_result(record.value)
                match result:
                    case RowAdded():
                        what = "row"
                    case Repeated():
                        what = "repeat"
                    case EventRefused():
                        what = "dead letter"
                    case _:
                        what = "untabled"
                yield topic, record.offset, what, result.revision
            offset = records[-1].offset + 1
