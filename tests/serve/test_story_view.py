import msgspec

from pressbox.model.box_score import PlayLine
from pressbox.model.story import Change, Correction, Story
from pressbox.serve.story_view import STALE_S, MomentView, goal_marks, moment_view, overtime_lengths_s
from tests.serve.stand import document

HOME, AWAY = 101, 205
PERMALINK = "/games/game?at=1&revision=1"


def play(event_id: int, score: tuple[int, int], *, period: int = 1, clock: str = "10:00", **more: object) -> PlayLine:
    side = more.pop("teamid", HOME)
    return PlayLine(event_id, period, clock, "goal", side, 1, f"goal number {event_id}", score, **more)  # type: ignore[arg-type]


def box(**fields: object) -> dict[str, object]:
    decoded: dict[str, object] = msgspec.json.decode(document(**fields).body)  # type: ignore[arg-type]
    return decoded


def told(*corrections: Correction, plays: tuple[PlayLine, ...] = (), changed_ms: int | None = 900) -> Story:
    return Story("game", 1, 1, 1, 1000, changed_ms, plays, corrections)


def seen(story: Story | None, seen_ms: int | None = None, now_ms: int | None = None, **fields: object) -> MomentView:
    return moment_view(box(**fields), story, PERMALINK, seen_ms=seen_ms, now_ms=now_ms)


def text_of(change: Change, kind: str = "corrected") -> str:
    correction = Correction(1, 1000, kind, (change,))  # type: ignore[arg-type]
    return seen(told(correction)).corrections[0].text


def test_every_goal_that_counts_is_a_mark_where_its_clock_stood() -> None:
    plays = [play(0, (1, 0), clock="14:00"), play(1, (1, 1), period=2, clock="15:00", teamid=AWAY)]
    marks = [(one.elapsed_s, one.home_score, one.away_score, one.side) for one in goal_marks(box(), plays)]
    assert marks == [(60, 1, 0, "home"), (900, 1, 1, "away")]


def test_a_voided_goal_is_no_mark() -> None:
    assert goal_marks(box(), [play(0, (0, 0), status="voided"), play(1, (1, 0))])[0].event_id == 1


def test_a_goal_written_down_late_stands_where_its_clock_does() -> None:
    plays = [play(5, (1, 0), clock="05:00"), play(2, (1, 2), clock="12:00", teamid=AWAY)]
    marks = [(one.event_id, one.home_score, one.away_score) for one in goal_marks(box(), plays)]
    assert marks == [(2, 0, 2), (5, 1, 2)]


def test_an_overtime_is_as_long_as_its_first_play_shows() -> None:
    plays = [
        play(1, (0, 0), period=5, clock="04:00"),
        play(2, (0, 0), period=5, clock="01:00"),
        play(3, (1, 0), period=6, clock="03:00"),
    ]
    assert overtime_lengths_s(plays) == [240, 180]
    assert goal_marks(box(), plays)[0].elapsed_s == 3600 + 240


def test_a_correction_says_what_was_and_what_is() -> None:
    before, after = play(7, (1, 0)), play(7, (1, 0), status="amended")
    shot = msgspec.structs.replace(after, text="shot on goal by sam")
    assert text_of(Change(7, before, shot), "amended") == (
        "Amended by the scorer: event 7 is shot on goal by sam at Q1 10:00, it was goal number 7 at Q1 10:00"
    )


def test_a_play_that_is_marked_is_said_so_in_few_words() -> None:
    change = Change(7, play(7, (1, 0)), play(7, (0, 0), status="voided"))
    assert text_of(change, "voided") == "Voided by the scorer: event 7, goal number 7, is voided"
    back = Change(7, play(7, (0, 0), status="voided"), play(7, (1, 0)))
    assert text_of(back) == "Corrected by the feed: event 7, goal number 7, is as it was"


def test_a_play_put_in_or_taken_back_is_named() -> None:
    assert text_of(Change(7, None, play(7, (1, 0))), "mended") == (
        "Mended by the scorer: event 7 put in, goal number 7 at Q1 10:00"
    )
    assert text_of(Change(7, play(7, (1, 0)), None)) == (
        "Corrected by the feed: event 7 taken back, it was goal number 7 at Q1 10:00"
    )


def test_of_many_changes_the_first_are_named_and_the_rest_counted() -> None:
    changes = tuple(Change(number, play(number, (1, 0)), None) for number in range(5))
    (correction,) = seen(told(Correction(1, 1000, "corrected", changes))).corrections
    assert correction.text.count("taken back") == 3
    assert correction.text.endswith("; and 2 more")


def test_corrections_are_told_newest_first_with_their_times() -> None:
    story = told(Correction(1, 1000, "finished", ()), Correction(2, 61_000, "finished", ()))
    assert [one.time for one in seen(story).corrections] == [
        "1970-01-01T00:01:01.000+00:00",
        "1970-01-01T00:00:01.000+00:00",
    ]
    assert seen(story).corrections[0].text == "Ended by the scorer"


def test_the_document_a_correction_wrote_announces_it_and_the_next_one_does_not() -> None:
    story = told(Correction(9, 1000, "voided", (Change(7, play(7, (1, 0)), None),)))
    assert seen(story, revision=9).announcement.startswith("Voided by the scorer")
    assert seen(story, revision=10).announcement == ""


def test_each_stage_says_how_long_it_took() -> None:
    assert seen(told(), seen_ms=1004).trace == [("file to log", 100), ("log to document", 4)]
    assert seen(told(changed_ms=None), seen_ms=1004).trace == [("log to document", 4)]
    assert seen(told()).trace == [("file to log", 100)]


def test_a_clock_that_runs_ahead_gives_no_time_below_nothing() -> None:
    assert seen(told(changed_ms=1003), seen_ms=900).trace == [("file to log", 0), ("log to document", 0)]


def test_a_game_nothing_is_heard_of_is_stale() -> None:
    assert seen(told(), now_ms=1000 + STALE_S * 1000).state == "live"
    assert seen(told(), now_ms=1001 + STALE_S * 1000).state == "stale"
    assert seen(told(), now_ms=1001 + STALE_S * 1000, final=True).state == "final"
    assert seen(told()).state == "live"


def test_a_moment_looked_at_for_its_own_sake_stands_still() -> None:
    assert moment_view(box(), told(), PERMALINK, seen_ms=None, is_live=False).state == "paused"
    assert moment_view(box(final=True), told(), PERMALINK, seen_ms=None, is_live=False).state == "final"


def test_without_a_story_the_newest_plays_are_what_the_document_shows() -> None:
    shown = seen(None)
    assert [one["event_id"] for one in shown.plays] == [1]
    assert (shown.margin, shown.logged, shown.corrections) == ("", "", [])
