"""What the settings of a broker may say; what is read from one is tested with a real one in tests/servers."""

from pathlib import Path

import pytest

from pressbox.access.devices import FILE_NAME, DeviceRegistry
from pressbox.errors import BadSettings
from pressbox.settings import load_settings
from pressbox.sources import broker_connection
from pressbox.sources.mqtt_listener import MqttSettings
from pressbox.sources.mqtt_subscription import MqttBrokerSettings, MqttSubscription
from pressbox.sources.sensor_ingest import SAMPLES, SAMPLES_DEAD_LETTERS, SensorIngest
from pressbox.stream.log import Topic
from tests.runtime.memory_log import MemoryLog
from tests.sources.mqtt_stand import CLOCK


def subscription(folder: Path, **settings: str) -> MqttSubscription:
    registry = DeviceRegistry(folder / FILE_NAME)
    ingest = SensorIngest(MemoryLog([Topic(SAMPLES), Topic(SAMPLES_DEAD_LETTERS)]), CLOCK, registry)
    return MqttSubscription(MqttBrokerSettings(**settings), registry, ingest, CLOCK, folder=folder)  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["[mqtt]", "mqtt.port = 0", 'mqtt.kind = "listener"'])
def test_without_a_kind_it_is_the_listener(tmp_path: Path, text: str) -> None:
    (tmp_path / "pressbox.toml").write_text(text)
    assert isinstance(load_settings(tmp_path / "pressbox.toml", {}).mqtt, MqttSettings)


def test_the_password_of_a_broker_comes_from_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "pressbox.toml"
    file.write_text('[mqtt]\nkind = "broker"\nurl = "mqtts://b.example"\npassword = "${SECRET}"\n')
    loaded = load_settings(file, {"SECRET": "hidden"}).mqtt
    assert isinstance(loaded, MqttBrokerSettings)
    assert loaded.password == "hidden"
    file.write_text('[mqtt]\nkind = "broker"\nurl = "mqtts://b.example"\npassword = "hidden"\n')
    with pytest.raises(BadSettings, match=r"mqtt\.password: is a secret"):
        load_settings(file, {})


@pytest.mark.parametrize("url", ["b.example", "http://b.example", "mqtt://", "mqtt://b:x", "mqtt://b/topic", "mqtt://b?q=1"])  # fmt: skip
def test_what_is_no_address_of_a_broker_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(BadSettings, match=r"mqtt\.url"):
        subscription(tmp_path, url=url)


def test_a_certificate_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match=r"mqtt\.ca_certificate.*No such file"):
        subscription(tmp_path, url="mqtts://b.example", ca_certificate="authority.pem")
    with pytest.raises(BadSettings, match="needs both"):
        subscription(tmp_path, url="mqtts://b.example", certificate="pressbox.pem")


def test_a_certificate_without_tls_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="mqtts"):
        subscription(tmp_path, url="mqtt://b.example", ca_certificate="authority.pem")


def test_without_the_client_library_its_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broker_connection, "_CLIENT", False)
    with pytest.raises(BadSettings, match=r"pip install 'pressbox\[mqtt\]'"):
        subscription(tmp_path, url="mqtt://b.example")


def test_a_password_that_can_be_read_on_the_way_is_told_of(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    subscription(tmp_path, url="mqtt://127.0.0.1", password="hidden")
    assert not caplog.text
    subscription(tmp_path, url="mqtt://b.example", password="hidden")
    assert "password can be read" in caplog.text
