"""Records and results survive their way through the log."""

import pytest

from pressbox.model.box_score import (
    DeadLetter,
    DeadLetterClosed,
    Document,
    Gone,
    PlayerResult,
    Settled,
    TeamResult,
    Unsettled,
    decode_box_score_result,
    decode_dead_letter_result,
    encode_result,
)
from pressbox.model.event import Entry, Faceoff, GameOver, Goal, Horn, Rejected, Shot
from pressbox.model.game import (
    Amended,
    Confirmed,
    Corrected,
    Finished,
    GameOpened,
    GameRecord,
    Mended,
    Played,
    RosterAmended,
    Voided,
    decode_game_record,
    encode_game_record,
)
from pressbox.model.roster import Player, Team

SHOT = Shot(1, 3426, 101, "00", scored=True)
TEAM = Team(101, "syracuse", "ACC", 5, 2, (Player(1, "sam", "00", 56, 22), Player("a7", "sue", "", goalkeeper=True)))
OTHER = Team("CHA", "Charlotte", None, None, None, (), "CHA")


@pytest.mark.parametrize(
    "record",
    [
        GameOpened("g", 1, "playbyplay", TEAM, OTHER),
        Played("g", 1, Entry(SHOT, 2, b"1 57:06 101 00 1")),
        Played("g", 1, Entry(Rejected("for a reason"), 3, b"\xff\x00")),
        Corrected("g", 1, 4, (Entry(GameOver(), 5, b"-1"), Entry(Horn(6), 6, b"6 00:00 0 0 0"))),
        RosterAmended("g", 1, TEAM, OTHER),
        Voided("g", 1, 3),
        Amended("g", 1, Goal(3, 5, 12, "BOS", None, ("A", "B"), 2)),
        Confirmed("g", 1, 3),
        Mended("g", 1, "0123456789ab-1", Faceoff(1, 1, 900, "BOS", "A", None)),
        Finished("g", 1, "operator", Entry(Rejected("unfinished"), 9, b"9 00")),
        Finished("g", 1, "silence"),
    ],
)
def test_a_record_decodes_to_itself(record: GameRecord) -> None:
    assert decode_game_record(encode_game_record(record)) == record


@pytest.mark.parametrize(
    "result",
    [
        Gone("g", 7, 1, 1, 3),
        Settled("g", 7, 2, 1, (TeamResult(101, 1, 0),), (PlayerResult(1, 3, 2),)),
        Unsettled("g", 7, 0, 1),
    ],
)
def test_a_result_decodes_to_itself(result: Gone | Settled | Unsettled) -> None:
    assert decode_box_score_result(encode_result(result)) == result


@pytest.mark.parametrize(
    "result",
    [DeadLetter("g", 7, 0, 1, "0123456789ab-1", 3, b"\xff\x00", "why"), DeadLetterClosed("g", 8, 0, 1, "a-1", "gone")],
)
def test_a_dead_letter_decodes_to_itself_with_its_bytes(result: DeadLetter | DeadLetterClosed) -> None:
    assert decode_dead_letter_result(encode_result(result)) == result


def test_a_document_keeps_the_very_bytes_of_its_body() -> None:
    stored = b'{"type":"document","game":"g","revision":7,"index":0,"run":1,"opened":0,"event_id":3,"final":false,"body":{"pct":0.10}}'
    document = decode_box_score_result(stored)
    assert isinstance(document, Document)
    assert bytes(document.body) == b'{"pct":0.10}'
    assert encode_result(document) == stored
