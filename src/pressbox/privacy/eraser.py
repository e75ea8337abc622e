"""What records and results of the log become when an athlete is erased; those of others stay as they are."""

from typing import Final

import msgspec

from pressbox.model.load import (
    MinuteReopened,
    RecordRefused,
    ResultErased,
    SessionOpened,
    SessionTold,
    SetAside,
    WindowMedical,
    WindowPerformance,
    decode_load_result,
    encode_load_result,
)
from pressbox.model.sample_record import (
    DeviceAssigned,
    RecordErased,
    SampleRecord,
    SamplesReceived,
    SamplesRejected,
    decode_sample_record,
    decode_samples_rejected,
    encode_sample_record,
    session_key,
)
from pressbox.pipelines.athlete_load import LOAD_ASIDE, LOAD_MEDICAL, LOAD_PERFORMANCE, LOAD_SESSIONS
from pressbox.privacy.wearing import Wearings
from pressbox.sources.sensor_ingest import SAMPLES, SAMPLES_DEAD_LETTERS
from pressbox.stores.sqlite_sample_dead_letters import SampleLetter
from pressbox.stream.record import Record
from pressbox.stream.revision import offset_of

TOPICS: Final = (SAMPLES, SAMPLES_DEAD_LETTERS, LOAD_ASIDE, LOAD_SESSIONS, LOAD_MEDICAL, LOAD_PERFORMANCE)
"""The topics that tell of athletes."""


class Eraser:
    """Erases *athlete*, of whom *wearings* tells what they wore. Erasing what is erased changes nothing."""

    def __init__(self, athlete: str, wearings: Wearings) -> None:
        self._athlete = athlete
        self._name = athlete.encode()
        self._wearings = wearings

    def value(self, topic: str, record: Record) -> bytes:
        """Return the value *record* of *topic* is to have."""
        if topic == SAMPLES:
            return self._sample_record(record)
        if topic == SAMPLES_DEAD_LETTERS:
            return self._rejected(record)
        if topic == LOAD_ASIDE or (topic in TOPICS and self._name in record.value):  # it can be written in one way only
            return self._result(record)
        return record.value

    def is_theirs(self, letter: SampleLetter) -> bool:
        """Return whether a dead letter is about them, or may be."""
        if letter.state == "aside":
            return letter.device == self._athlete
        key = session_key(letter.stadium, letter.session)
        if letter.device:
            return self._wearings.was_theirs(key, letter.device, letter.received_ms)
        return self._names_them(key, letter.message)

    def _sample_record(self, record: Record) -> bytes:
        try:
            decoded: SampleRecord = decode_sample_record(record.value)
        except msgspec.DecodeError:
            return record.value
        erased = self._without(decoded, record.offset)
        return record.value if erased == decoded else encode_sample_record(erased)

    def _without(self, record: SampleRecord, offset: int) -> SampleRecord:
        erased = RecordErased(record.stadium, record.session)
        match record:
            case SessionOpened():
                return record.without(self._athlete)
            case DeviceAssigned() if record.athlete == self._athlete:
                return DeviceAssigned(record.stadium, record.session, record.device, None)
            case MinuteReopened() if record.athlete == self._athlete:
                return erased
            case SamplesReceived():
                key = session_key(record.stadium, record.session)
                return erased if self._wearings.is_theirs(key, record.device, offset) else record
            case _:
                return record

    def _rejected(self, record: Record) -> bytes:
        letter = decode_samples_rejected(record.value)
        if isinstance(letter, SamplesRejected) and self._wearings.was_theirs(
            record.key, letter.device, letter.received_ms
        ):
            return encode_sample_record(RecordErased(letter.stadium, letter.session))
        return record.value

    def _result(self, record: Record) -> bytes:
        result = decode_load_result(record.value)
        match result:
            case SessionTold():
                left = result.without(self._athlete)
                return record.value if left == result else encode_load_result(left)
            case WindowPerformance() | WindowMedical() | SetAside():
                is_theirs = result.athlete == self._athlete
            case RecordRefused():
                is_theirs = self._refused_theirs(record.key, result)
            case _:
                is_theirs = False
        if not is_theirs:
            return record.value
        return encode_load_result(ResultErased(result.stadium, result.session, result.revision, result.index))

    def _refused_theirs(self, key: str, refused: RecordRefused) -> bool:
        if refused.device:
            return self._wearings.is_theirs(key, refused.device, offset_of(refused.revision))
        return self._names_them(key, refused.message)

    def _names_them(self, key: str, value: bytes) -> bool:
        """Return whether *value*, a record of the session that was refused, names them."""
        return self._sample_record(Record(0, key, value, 0)) != value
