"""A topic's folder: one folder a partition, and `topic.json` with what was fixed when the topic was made."""

import re
from pathlib import Path

import msgspec
from msgspec import Struct

from pressbox.errors import BadSettings, Corrupted
from pressbox.log.disk import Disk, replace
from pressbox.stream.log import Topic

VERSION = 1
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*")
_RESERVED = {"cursors", "lock"}


class TopicFile(Struct, frozen=True):
    """The content of `topic.json`."""

    version: int
    partitions: int
    generation: int


def make_topic(disk: Disk, folder: Path, topic: Topic) -> TopicFile:
    """
    Return what *folder* says of *topic*, making it where the topic is new.

    Raises:
        BadSettings: its name cannot be a folder's, or it exists with another number of partitions.
    """
    if not _NAME.fullmatch(topic.name) or topic.name in _RESERVED or topic.partitions < 1:
        raise BadSettings(f"topic {topic}: use small letters, digits, '.', '_' and '-', and at least one partition")
    found = find_topic(folder)
    if found is None:
        return _new_topic(disk, folder, topic)
    if found.partitions != topic.partitions:
        raise BadSettings(
            f"topic {topic.name} in {folder} was made with {found.partitions} partitions, the settings ask for"
            f" {topic.partitions}: set {found.partitions}, or use another folder and replay into it"
        )
    return found


def find_topic(folder: Path) -> TopicFile | None:
    """
    Return what *folder* says of its topic; None where there is no topic yet.

    Raises:
        BadSettings: a newer version of pressbox wrote it.
        Corrupted: what it says cannot be read, or is gone while records are still there.
    """
    path = folder / "topic.json"
    try:
        found = msgspec.json.decode(path.read_bytes(), type=TopicFile)
    except FileNotFoundError:
        if any(folder.glob("*/*.log")):
            raise Corrupted(f"{path} is gone and records are there: restore it from a copy") from None
        return None
    except msgspec.DecodeError as error:
        raise Corrupted(f"{path} cannot be read ({error}): restore it from a copy") from error
    if found.version > VERSION:
        raise BadSettings(
            f"{path} has format {found.version} and this pressbox knows {VERSION}: use the newer pressbox"
        )
    return found


def store_topic(disk: Disk, folder: Path, content: TopicFile) -> None:
    """Make *content* what *folder* says of its topic."""
    replace(disk, folder / "topic.json", msgspec.json.encode(content))


def _new_topic(disk: Disk, folder: Path, topic: Topic) -> TopicFile:
    for partition in range(topic.partitions):
        disk.make_folder(folder / str(partition))
    content = TopicFile(VERSION, topic.partitions, generation=0)
    store_topic(disk, folder, content)
    return content
