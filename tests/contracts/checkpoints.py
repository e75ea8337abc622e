"""What every keeper of checkpoints does, whatever it is made of."""

from abc import ABC, abstractmethod

from pressbox.stream.checkpoint import Checkpoint, Checkpoints


class CheckpointsContract(ABC):
    """Subclass it and say how to open one; opening again finds what was kept."""

    @abstractmethod
    def opened(self) -> Checkpoints:
        """Return the checkpoints of one place, opened anew."""

    def test_begins_at_the_first_record_where_nothing_is_kept(self) -> None:
        assert self.opened().begin(0, 0, 1) == 0

    def test_gives_back_what_was_kept(self) -> None:
        kept = self.opened()
        kept.begin(0, 3, 1)
        kept.write(0, 7, {"a": Checkpoint(9, b"\x00state"), "b": Checkpoint(8, b"")})
        again = self.opened()
        assert again.begin(0, 3, 1) == 7
        assert again.read(0, "a") == Checkpoint(9, b"\x00state")
        assert again.read(0, "b") == Checkpoint(8, b"")
        assert again.read(0, "c") is None

    def test_keeps_the_newest_of_a_key_and_leaves_the_others(self) -> None:
        kept = self.opened()
        kept.begin(0, 0, 1)
        kept.write(0, 1, {"a": Checkpoint(1, b"1"), "b": Checkpoint(1, b"1")})
        kept.write(0, 2, {"a": Checkpoint(2, b"2")})
        assert (kept.read(0, "a"), kept.read(0, "b")) == (Checkpoint(2, b"2"), Checkpoint(1, b"1"))

    def test_forgets_what_belongs_to_another_generation_or_version(self) -> None:
        for generation, version in ((1, 1), (0, 2)):
            kept = self.opened()
            kept.begin(0, 0, 1)
            kept.write(0, 5, {"a": Checkpoint(5, b"")})
            again = self.opened()
            assert again.begin(0, generation, version) == 0
            assert again.read(0, "a") is None

    def test_tells_partitions_apart(self) -> None:
        kept = self.opened()
        kept.begin(0, 0, 1)
        kept.begin(1, 0, 1)
        kept.write(0, 5, {"a": Checkpoint(5, b"here")})
        assert kept.read(1, "a") is None
        again = self.opened()
        assert (again.begin(0, 0, 1), again.begin(1, 0, 1)) == (5, 0)
