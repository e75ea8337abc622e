"""Certificates of our own: shown over TLS they say which device it is, and only the one that was issued last."""

import socket
import ssl
import stat
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509

from pressbox.access.certificates import Authority, Issued, replace_private
from pressbox.access.devices import AUTHORITY_FILE
from pressbox.errors import BadInput
from tests.access.server_certificate import make_server_certificate
from tests.sources.mqtt_stand import CLOCK, Stand, listening, message_of, publisher, topic_of, until

NOW = datetime.now(UTC)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / AUTHORITY_FILE)


@pytest.fixture
def stand(tmp_path: Path, authority: Authority) -> Iterator[Stand]:
    make_server_certificate(tmp_path)
    authority.issue("somebody", NOW)
    with listening(tmp_path, certificate="server.pem", key="server.key") as stand:
        yield stand


def wire(folder: Path, issued: Issued | None = None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(folder / "server.pem"))
    context.check_hostname = False
    if issued is not None:
        (folder / "tag.pem").write_bytes(issued.certificate + issued.key)
        context.load_cert_chain(folder / "tag.pem")
    return context


def test_the_key_of_the_authority_is_its_owners_and_it_stays_the_same(authority: Authority, tmp_path: Path) -> None:
    first, second = authority.issue("tag-7", NOW), authority.issue("tag-7", NOW)
    assert first.fingerprint != second.fingerprint
    root = x509.load_pem_x509_certificate((tmp_path / AUTHORITY_FILE).read_bytes())
    for one in (first, second):
        x509.load_pem_x509_certificate(one.certificate).verify_directly_issued_by(root)
    key = (tmp_path / AUTHORITY_FILE).with_suffix(".key")
    assert stat.S_IMODE(key.stat().st_mode) == 0o600


def test_a_device_is_known_by_its_certificate(stand: Stand, tmp_path: Path, authority: Authority) -> None:
    issued = authority.issue("tag-7", NOW)
    stand.registry.add_certificate("tag-7", issued.fingerprint, CLOCK.now_ms())
    with publisher(stand.port, tls=wire(tmp_path, issued)) as device:
        assert device.connect().connected == ["Success"]
        assert device.publish_acknowledged(topic_of("tag-8"), message_of("tag-8")) == "Not authorized"
        assert device.publish_acknowledged(topic_of("tag-7"), message_of("tag-7")) == "Success"
    assert [one.device for one in stand.records()] == ["tag-7"]


def test_a_password_does_over_tls_too(stand: Stand, tmp_path: Path) -> None:
    assert stand.listener.address.startswith("mqtts://")
    with publisher(stand.port, tls=wire(tmp_path)) as device:
        assert device.connect("tag-7", stand.registry.add("tag-7", CLOCK.now_ms())).connected == ["Success"]


def test_an_older_certificate_of_a_device_is_refused(stand: Stand, tmp_path: Path, authority: Authority) -> None:
    older, newer = authority.issue("tag-7", NOW), authority.issue("tag-7", NOW)
    stand.registry.add_certificate("tag-7", newer.fingerprint, CLOCK.now_ms())
    with publisher(stand.port, tls=wire(tmp_path, older)) as device:
        assert device.connect().connected == ["Bad user name or password"]
    assert stand.refused("bad_password") == 1


def test_a_revoked_certificate_is_refused(stand: Stand, tmp_path: Path, authority: Authority) -> None:
    issued = authority.issue("tag-7", NOW)
    stand.registry.add_certificate("tag-7", issued.fingerprint, CLOCK.now_ms())
    stand.registry.revoke("tag-7", CLOCK.now_ms())
    with publisher(stand.port, tls=wire(tmp_path, issued)) as device:
        assert device.connect().connected == ["Banned"]


def test_a_certificate_does_not_open_for_another_name(stand: Stand, tmp_path: Path, authority: Authority) -> None:
    issued = authority.issue("tag-7", NOW)
    stand.registry.add_certificate("tag-7", issued.fingerprint, CLOCK.now_ms())
    with publisher(stand.port, tls=wire(tmp_path, issued)) as device:
        assert device.connect("tag-8", "x").connected == ["Bad user name or password"]


def test_the_certificate_of_another_authority_ends_the_handshake(stand: Stand, tmp_path: Path) -> None:
    foreign = Authority(tmp_path / "foreign" / "authority.pem").issue("tag-7", NOW)
    stand.registry.add_certificate("tag-7", foreign.fingerprint, CLOCK.now_ms())
    with publisher(stand.port, tls=wire(tmp_path, foreign)) as device:
        device.client.connect("localhost", stand.port)  # TLS 1.3 tells a client only afterwards
        device.client.loop_start()
        until(lambda: bool(device.left))
        assert device.connected == []
    assert stand.records() == []


def test_who_does_not_speak_tls_gets_nothing(stand: Stand) -> None:
    with publisher(stand.port) as device:
        device.client.connect("localhost", stand.port)
        device.client.loop_start()
        until(lambda: bool(device.left))
        assert device.connected == []


def trusting(authority: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(authority))


def test_the_listener_shows_a_certificate_of_ours_for_every_name_it_has(tmp_path: Path, authority: Authority) -> None:
    issued = authority.issue_server(["field.example", "127.0.0.1"], NOW)
    (tmp_path / "server.pem").write_bytes(issued.certificate)
    (tmp_path / "server.key").write_bytes(issued.key)
    with listening(tmp_path, certificate="server.pem", key="server.key") as stand:
        secret = stand.registry.add("tag-7", CLOCK.now_ms())
        with publisher(stand.port, tls=trusting(tmp_path / AUTHORITY_FILE)) as device:
            device.connect("tag-7", secret)
            assert device.publish_acknowledged(topic_of("tag-7"), message_of("tag-7")) == "Success"
        for name, is_good in (("field.example", True), ("other.example", False)):
            with socket.create_connection(("127.0.0.1", stand.port), timeout=20) as plain:
                try:
                    trusting(tmp_path / AUTHORITY_FILE).wrap_socket(plain, server_hostname=name).close()
                except ssl.SSLCertVerificationError:
                    assert not is_good
                else:
                    assert is_good


def test_the_certificate_of_a_server_opens_no_door(tmp_path: Path, stand: Stand, authority: Authority) -> None:
    issued = authority.issue_server(["tag-7"], NOW)
    stand.registry.add_certificate("tag-7", issued.fingerprint, CLOCK.now_ms())
    with (
        socket.create_connection(("127.0.0.1", stand.port), timeout=20) as plain,
        wire(tmp_path, issued).wrap_socket(plain) as shown,
    ):
        answer = b""
        with suppress(OSError):  # TLS says so, or hangs up
            shown.sendall(b"\x10\x0d\0\4MQTT\4\2\0\x3c\0\1a")
            answer = shown.recv(4)
    assert answer == b""


@pytest.mark.parametrize("host", ["", "a b", "-a", "a..b", "field.example:8883", "x" * 65])
def test_what_is_no_name_of_a_machine_is_refused(authority: Authority, host: str) -> None:
    with pytest.raises(BadInput, match="neither the name of a machine"):
        authority.issue_server([host], NOW)


def test_a_replaced_key_is_whole_and_its_owners_only(tmp_path: Path) -> None:
    for content in (b"first", b"second"):
        replace_private(tmp_path / "server.key", content)
        assert (tmp_path / "server.key").read_bytes() == content
        assert stat.S_IMODE((tmp_path / "server.key").stat().st_mode) == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["server.key"]
