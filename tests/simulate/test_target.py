import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from pressbox.errors import BadSettings, Unavailable
from pressbox.simulate.target import FolderTarget, Target, open_target


def test_a_folder_is_created_and_holds_the_objects_as_files(tmp_path: Path) -> None:
    target = open_target(str(tmp_path / "feeds" / "gamestreams"))
    target.write("gamestream.txt", b"0 59:51 101 2 0\n")
    assert (tmp_path / "feeds" / "gamestreams" / "gamestream.txt").read_bytes() == b"0 59:51 101 2 0\n"
    assert target.name == "gamestreams"


def test_a_write_replaces_the_whole_file(tmp_path: Path) -> None:
    target = FolderTarget(tmp_path)
    target.write("gamestream.txt", b"the game before, much longer")
    target.write("gamestream.txt", b"new")
    assert (tmp_path / "gamestream.txt").read_bytes() == b"new"


def test_a_reader_keeps_the_file_it_opened_whole(tmp_path: Path) -> None:
    target = FolderTarget(tmp_path)
    target.write("gamestream.txt", b"one")
    with (tmp_path / "gamestream.txt").open("rb") as opened:
        target.write("gamestream.txt", b"two and more")
        assert opened.read() == b"one"


def test_nothing_unfinished_stays_behind(tmp_path: Path) -> None:
    FolderTarget(tmp_path).write("gamestream.txt", b"one")
    assert [path.name for path in tmp_path.iterdir()] == ["gamestream.txt"]


def test_a_file_under_way_has_a_name_that_readers_skip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    monkeypatch.setattr(Path, "replace", lambda unfinished, _place: seen.append(unfinished.name))
    FolderTarget(tmp_path).write("gamestream.txt", b"one")
    assert [name[0] for name in seen] == ["."]


def test_a_write_that_fails_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    target = FolderTarget(tmp_path)
    (tmp_path / "taken").mkdir()
    with pytest.raises(Unavailable, match="taken cannot be written"):
        target.write("taken", b"one")
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


def test_a_folder_that_cannot_be_is_a_bad_setting(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(BadSettings, match="cannot be created"):
        open_target(str(tmp_path / "file" / "folder"))


class BucketServer(ThreadingHTTPServer):
    """As much of an S3 server as a writer meets: buckets and objects by path, and one key it refuses."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), BucketRequest)
        self.objects: dict[str, bytes] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class BucketRequest(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: BucketServer

    def do_HEAD(self) -> None:
        self._answer(200 if self.path in self.server.objects else 404)

    def do_PUT(self) -> None:
        content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if "Credential=wrong" in self.headers["Authorization"]:
            self._answer(403)
            return
        self.server.objects[self.path] = content
        self._answer(200)

    def log_message(self, *_: object) -> None:
        return

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()


@pytest.fixture
def server() -> Iterator[BucketServer]:
    pytest.importorskip("boto3", reason="S3 comes with the extra pressbox[s3]")
    with BucketServer() as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield server
        server.shutdown()


def bucket(server: BucketServer, access_key: str = "right") -> Target:
    return open_target("s3://gamestreams", endpoint=server.url, access_key=access_key, secret_key="secret")


def test_a_bucket_is_created_and_holds_the_objects(server: BucketServer) -> None:
    target = bucket(server)
    target.write("gamestream.txt", b"0 59:51 101 2 0\n")
    target.write("gamestream.txt", b"0 59:51 101 2 0\n1 57:06 101 6 0\n")
    assert server.objects.keys() == {"/gamestreams", "/gamestreams/gamestream.txt"}
    assert server.objects["/gamestreams/gamestream.txt"] == b"0 59:51 101 2 0\n1 57:06 101 6 0\n"
    assert target.name == "gamestreams"


def test_a_bucket_that_is_there_is_not_created_again(server: BucketServer) -> None:
    server.objects["/gamestreams"] = b"there before"
    bucket(server)
    assert server.objects["/gamestreams"] == b"there before"


def test_wrong_keys_are_a_bad_setting(server: BucketServer) -> None:
    with pytest.raises(BadSettings, match="see to its name and the keys"):
        bucket(server, access_key="wrong")


def test_a_server_that_refuses_a_write_is_unavailable(server: BucketServer, monkeypatch: pytest.MonkeyPatch) -> None:
    target = bucket(server)
    monkeypatch.setattr(BucketRequest, "do_PUT", lambda request: request._answer(403))
    with pytest.raises(Unavailable, match=r"gamestream\.txt cannot be written to bucket gamestreams"):
        target.write("gamestream.txt", b"")


def test_a_server_that_is_not_there_is_unavailable() -> None:
    pytest.importorskip("boto3", reason="S3 comes with the extra pressbox[s3]")
    with BucketServer() as gone:
        pass
    with pytest.raises(Unavailable, match="cannot be reached"):
        bucket(gone)


def test_an_address_that_is_none_is_a_bad_setting() -> None:
    pytest.importorskip("boto3", reason="S3 comes with the extra pressbox[s3]")
    with pytest.raises(BadSettings, match="'minio' is not the address of an S3 server"):
        open_target("s3://gamestreams", endpoint="minio", access_key="right", secret_key="secret")


def test_without_boto3_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(BadSettings, match=r"pressbox\[s3\]"):
        open_target("s3://gamestreams")
