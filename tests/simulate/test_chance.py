import pytest

from pressbox.simulate.chance import Chance


def test_a_seed_gives_the_same_draws_for_ever() -> None:
    chance = Chance("golden")
    assert [chance.between(0, 9) for _ in range(12)] == [8, 4, 2, 0, 3, 9, 1, 1, 8, 1, 8, 4]


def test_both_ends_of_a_range_are_drawn() -> None:
    chance = Chance(1)
    assert {chance.between(3, 5) for _ in range(100)} == {3, 4, 5}


def test_what_is_sure_happens_and_what_is_impossible_does_not() -> None:
    chance = Chance(2)
    assert all(chance.happens(1.0) for _ in range(100))
    assert not any(chance.happens(0.0) for _ in range(100))


def test_a_weight_of_zero_is_never_picked() -> None:
    chance = Chance(3)
    assert {chance.pick_weighted("abc", (1, 0, 2)) for _ in range(100)} == {"a", "c"}


def test_weights_decide_how_often() -> None:
    chance = Chance(4)
    picks = [chance.pick_weighted("ab", (3, 1)) for _ in range(1000)]
    assert 700 < picks.count("a") < 800


def test_nothing_can_be_picked_where_no_weight_is_positive() -> None:
    with pytest.raises(ValueError, match="positive"):
        Chance(5).pick_weighted("ab", (0, 0))
