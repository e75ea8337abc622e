"""The topic of samples says who sends them and where, and nothing else is one."""

import pytest

from pressbox.errors import BadSettings
from pressbox.sources.mqtt_topic import TOPIC, Place, SampleTopic


@pytest.mark.parametrize("pattern", ["samples", "{stadium}/{device}", "{stadium}/{session}/{device}/{device}", "{stadium}/{session}/{device}/#"])  # fmt: skip
def test_a_topic_that_does_not_say_whose_samples_they_are_is_refused(pattern: str) -> None:
    with pytest.raises(BadSettings, match=r"mqtt\.topic"):
        SampleTopic(pattern)


def test_a_topic_can_be_named_otherwise() -> None:
    topic = SampleTopic("club.{device}/at/{stadium}-{session}")
    assert topic.place_of("club.a/at/b-c") == Place("b", "c", "a")
    assert topic.filter == "+/at/+"


@pytest.mark.parametrize("name", ["pressbox/home/training/tag-7", "pressbox/home/training/tag 7/samples", "pressbox/home//tag-7/samples", "other"])  # fmt: skip
def test_what_names_no_device_is_no_topic_of_samples(name: str) -> None:
    assert SampleTopic(TOPIC).place_of(name) is None


def test_the_filter_takes_every_device_of_every_session() -> None:
    assert SampleTopic(TOPIC).filter == "pressbox/+/+/+/samples"
