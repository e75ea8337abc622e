from pressbox.model.event import Entry, GameOver, Rejected, Shot

SHOT = Shot(1, 3426, 101, "6", scored=True)


def test_entries_that_decode_alike_say_the_same_wherever_they_stand() -> None:
    assert Entry(SHOT, 2, b"1 57:06 101 6 1").says_the_same(Entry(SHOT, 5, b"1  57:06 101 6 1"))


def test_entries_that_decode_differently_do_not() -> None:
    other = Shot(1, 3426, 101, "6", scored=False)
    assert not Entry(SHOT, 2, b"").says_the_same(Entry(other, 2, b""))
    assert not Entry(SHOT, 2, b"").says_the_same(Entry(GameOver(), 2, b""))


def test_undecodable_entries_say_the_same_when_their_bytes_are_equal() -> None:
    entry = Entry(Rejected("for a reason"), 2, b"nonsense")
    assert entry.says_the_same(Entry(Rejected("for another"), 3, b"nonsense"))
    assert not entry.says_the_same(Entry(Rejected("for a reason"), 2, b"other nonsense"))


def test_a_decodable_entry_never_says_the_same_as_an_undecodable_one() -> None:
    rejected = Entry(Rejected("for a reason"), 2, b"same bytes")
    assert not rejected.says_the_same(Entry(SHOT, 2, b"same bytes"))
    assert not Entry(SHOT, 2, b"same bytes").says_the_same(rejected)
