"""The MQTT topic devices publish under: it names where they are and who they are, for a listener and a broker alike."""

import re
from typing import Final, NamedTuple

from pressbox.errors import BadSettings
from pressbox.model.device import NAME

TOPIC: Final = "pressbox/{stadium}/{session}/{device}/samples"

_PARTS: Final = ("stadium", "session", "device")
_PART: Final = re.compile(r"\{(?:stadium|session|device)\}")


class Place(NamedTuple):
    """What a topic names."""

    stadium: str
    session: str
    device: str


class SampleTopic:
    """
    The topics *pattern* stands for, which is the setting mqtt.topic.

    Raises:
        BadSettings: it does not name stadium, session and device once each.
    """

    def __init__(self, pattern: str) -> None:
        if any(pattern.count(f"{{{part}}}") != 1 for part in _PARTS) or set("+#\0") & set(pattern):
            raise BadSettings(f"mqtt.topic: {pattern!r} has to name {{stadium}}, {{session}} and {{device}} once each")
        named = re.escape(pattern)
        for part in _PARTS:
            named = named.replace(re.escape(f"{{{part}}}"), f"(?P<{part}>{NAME})")
        self._named = re.compile(named)
        self.filter = "/".join("+" if _PART.search(level) else level for level in pattern.split("/"))
        """What to subscribe to, to get them all."""

    def place_of(self, topic: str) -> Place | None:
        """Return what *topic* names, None where it is none for samples."""
        found = self._named.fullmatch(topic)
        return None if found is None else Place(**found.groupdict())
