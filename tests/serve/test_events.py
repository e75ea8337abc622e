import zlib

from hypothesis import given
from hypothesis import strategies as st

from pressbox.serve.events import BEGINNING, Coding, event, identity_of, mark_of
from pressbox.stream.revision import BEFORE_ALL, Mark

marks = st.tuples(st.integers(0, 2**53 - 1), st.integers(0, 10**6))
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"))


def parsed(wire: bytes) -> tuple[str, str, str]:
    fields: dict[str, list[str]] = {}
    head, end = wire.decode().split("\n\n", 1)
    assert end == ""
    for line in head.split("\n"):
        name, _, value = line.partition(":")
        fields.setdefault(name, []).append(value.removeprefix(" "))
    return fields["event"][0], "\n".join(fields["data"]), fields["id"][0]


@given(texts.filter(lambda text: "\n\n" not in text))
def test_what_is_sent_is_what_is_heard(data: str) -> None:
    assert parsed(event("document", data.encode(), "7.1")) == ("document", data, "7.1")


@given(marks)
def test_the_id_of_an_event_is_its_mark(mark: Mark) -> None:
    assert mark_of(identity_of(mark)) == mark


@given(st.text() | st.sampled_from(["", ".", "1.", ".1", "-1.0", "1.0.0", "1e3.0", "١.٢", "9" * 40 + ".0"]))
def test_an_id_that_is_no_mark_means_none(identity: str) -> None:
    mark = mark_of(identity)
    assert mark == BEFORE_ALL or identity.partition(".")[::2] == tuple(identity.split("."))


def unframed(chunk: bytes) -> bytes:
    size, _, rest = chunk.partition(b"\r\n")
    assert rest[int(size, 16) :] == b"\r\n"
    return rest[: int(size, 16)]


def test_parts_of_a_gzip_stream_fit_behind_any_others() -> None:
    coding = Coding(gzip=True)
    events = [event("document", b"x" * size, f"{size}.0") for size in (1, 1000, 30_000)]
    frames = [coding.framed(one) for one in events]
    for order in ((0, 1, 2), (2, 0), (1, 1)):
        unzip = zlib.decompressobj(31)
        assert unzip.decompress(coding.beginning(BEGINNING)) == BEGINNING
        assert [unzip.decompress(unframed(frames[one])) for one in order] == [events[one] for one in order]


def test_a_chunk_says_how_long_it_is() -> None:
    assert Coding(gzip=False).framed(b"x" * 20) == b"14\r\n" + b"x" * 20 + b"\r\n"
