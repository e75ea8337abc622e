"""A recording read in one call."""

from pathlib import Path

from pressbox.model.sample import Sample
from pressbox.model.session import Plane
from pressbox.recordings.mapping import parse_mapping
from pressbox.recordings.recording import Recording


def read(*paths: Path, mapping: str | None = None, plane: Plane | None = None) -> Recording:
    recording = Recording(None if mapping is None else parse_mapping(mapping), plane)
    recording.load(paths)
    return recording


def samples_of(recording: Recording) -> dict[str, list[Sample]]:
    return {athlete: list(recording.samples(athlete)) for athlete in recording.athletes}


def told(recording: Recording) -> list[str]:
    """Return what could not be read, without the folders of the files."""
    return [f"{Path(one.file).name}: {one.place}: {one.reason}" for one in recording.unread]
