"""Game events from the HTTP API to SQL, in one process and through kills: nothing lost, nothing twice."""

import gzip
import json
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pyarrow.parquet
import pytest
import zstandard
from msgspec.structs import replace

from pressbox.archive.backup import take_backup
from pressbox.archive.restore import restore_backup
from pressbox.errors import BadInput, BadSettings
from pressbox.game_events import event_schemas
from pressbox.lake_accounts import Account, Listing, account
from pressbox.log.reader import SegmentReader
from pressbox.model.question import Answer
from pressbox.serve.metrics import metrics
from pressbox.settings import Settings
from pressbox.sources.collector import CollectedGame, CollectorSettings
from pressbox.stores.lake import LakeFiles
from pressbox.stores.lake_query import LakeQuery
from pressbox.wiring import Pressbox
from tests.cli.process import Up, start
from tests.serve.stand import serving

KEY = "a-key-long-enough"
LIVES = 4


def asked(data: Path, question: str, **limits: Any) -> Answer:
    files = LakeFiles(data / "lake")
    files.open()
    try:
        with SegmentReader(data / "log") as log:
            return LakeQuery(files, log, event_schemas(data)).ask(question, **limits)
    finally:
        files.close()


def accounted(data: Path) -> Account:
    files = LakeFiles(data / "lake")
    files.open()
    try:
        listing = Listing(files.folder, tuple(files.ranges()), tuple(files.files()))
        with SegmentReader(data / "log") as log:
            return account(listing, log)
    finally:
        files.close()


def until(is_so: Callable[[], bool]) -> None:
    end_s = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < end_s
        time.sleep(0.01)


class Game:
    """A running pressbox that collects events, and a client of it."""

    def __init__(self, data: Path, **settings: Any) -> None:
        self.data = data
        self.pressbox = Pressbox(Settings(collector=CollectorSettings(port=0, **settings)), data).open()
        self.pressbox.start()
        assert self.pressbox.events is not None
        assert self.pressbox.events.collector is not None
        self.events = self.pressbox.events
        self.http = httpx.Client(base_url=self.pressbox.events.collector.address, timeout=20)

    def post(self, body: Any, **headers: str) -> httpx.Response:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.http.post(
            "/v1/events", content=content, headers={k.replace("_", "-"): v for k, v in headers.items()}
        )

    def settled(self) -> Account:
        until(lambda: self.events.runner.lag() == 0)
        return accounted(self.data)

    def close(self) -> None:
        self.http.close()
        self.pressbox.close()


@pytest.fixture
def game(tmp_path: Path) -> Iterator[Game]:
    running = Game(tmp_path)
    yield running
    running.close()


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of data of which nobody asks for more than a look."""
    data = tmp_path_factory.mktemp("quiet")
    with Pressbox(Settings(collector=CollectorSettings(port=0)), data):
        return data


def test_the_routes_of_the_seeds_become_rows_and_the_root_none(game: Game) -> None:
    routes = {"/": 10, "/purchase_a_sword": 5, "/purchase_an_axe": 2, "/purchase_a_shield": 5, "/join_a_guild": 5}
    for route, times in (routes | {"/declare_a_war": 1, "/declare_peace": 1}).items():
        for _ in range(times):
            assert game.http.get(route).status_code == 200
    for route in ("/buy_a_sword", "/purchase_a_sword/", "/kill_enemy/", "/kill_enemy/x", "/kill_enemy/-1"):
        assert game.http.get(route).status_code == 404
    found = game.settled()
    assert (found.events, found.rows_not_rolled, found.untabled, found.dead_letters) == (29, 19, 10, 0)
    assert found.problems == ()
    counted = (
        "select (select count(*) from purchases), (select count(*) from joins), (select count(*) from declarations)"
    )
    assert asked(game.data, counted).rows == [(12, 5, 2)]


@pytest.mark.parametrize(
    ("route", "table", "row"),
    [
        ("/join_a_guild/1", "guild_joins", (1, "Owls of the North")),
        ("/kill_enemy/5", "enemy_kills", (5, "ogre", 6)),
        ("/take_damage/5", "take_damage", (5, "ogre", 30)),
        ("/accepted_a_quest/1", "quests", (1, "The lost caravan", "Merchant Ida")),
        ("/transaction/4", "transactions", (1, "healing potion", 4, 12.75, "potion", 38)),
    ],
)
def test_an_id_of_the_catalogue_fills_its_row_and_an_unknown_one_is_no_event(
    game: Game, route: str, table: str, row: tuple[Any, ...]
) -> None:
    missing = game.http.get(f"{route.rpartition('/')[0]}/999")
    assert (missing.status_code, "999" in missing.json()["detail"]) == (404, True)
    assert (
        game.http.get(route, headers={"Host": "user1.comcast.com", "User-Agent": "ApacheBench/2.3"}).status_code == 200
    )
    assert game.settled().events == 1
    (found,) = asked(game.data, f"select * from {table}").rows  # noqa: S608 - a table of this test
    assert found[2:5] == ("*/*", "user1.comcast.com", "ApacheBench/2.3")
    assert found[6:] == row
    assert json.loads(found[0])["event_type"] == found[5]


def test_a_batch_tells_of_each_event_what_became_of_it(game: Game) -> None:
    answer = game.post(
        [
            {"event_type": "enemy_kill", "enemy_id": 3, "event_id": "one"},
            {"event_type": "enemy_kill", "enemy_id": 3, "event_id": "one"},
            {"event_type": "nobody_knows"},
            {"event_type": "quest_accept", "quest_id": 77},
            {"event_type": "enemy_kill", "enemy_id": "three"},
            17,
        ]
    )
    assert answer.status_code == 207
    told = [one["status"] for one in answer.json()["results"]]
    assert told == ["accepted", "accepted", "dead letter", "unknown", "dead letter", "dead letter"]
    found = game.settled()
    assert (found.events, found.rows_not_rolled, found.repeats, found.dead_letters) == (5, 1, 1, 3)


def test_an_event_alone_is_answered_by_status(game: Game) -> None:
    assert game.post({"event_type": "join_guild"}, Idempotency_Key="k1").json()["event_id"] == "k1"
    assert game.post({"event_type": "nobody_knows"}).status_code == 422
    assert game.post({"event_type": "guild_join", "guild_id": 999}).status_code == 404
    assert game.post(b"{no json").status_code == 422
    assert game.post({"event_type": "join_guild", "event_id": "with space"}).status_code == 422
    assert game.post(b"", Idempotency_Key="\x7f").status_code == 400
    assert game.settled().dead_letters == 3


def test_bodies_may_be_packed_and_are_bounded(game: Game) -> None:
    events = json.dumps([{"event_type": "join_guild"}] * 500).encode()
    assert game.post(gzip.compress(events), Content_Encoding="gzip").status_code == 200
    assert game.post(zstandard.compress(events), Content_Encoding="zstd").status_code == 200
    refusals = {
        (b"[" + b"{}," * 500 + b"{}]", ""): 413,
        (b"x" * ((1 << 20) + 1), ""): 413,
        (gzip.compress(bytes(20 << 20)), "gzip"): 413,
        (zstandard.compress(bytes(20 << 20)), "zstd"): 413,
        (gzip.compress(events)[:-9], "gzip"): 400,
        (b"no gzip", "gzip"): 400,
        (b"no zstd", "zstd"): 400,
        (events, "br"): 415,
    }
    for (body, encoding), status in refusals.items():
        headers = {"Content_Encoding": encoding} if encoding else {}
        assert game.post(body, **headers).status_code == status
    assert game.settled().events == 1000


def test_games_show_their_keys_and_strangers_are_not_heard(tmp_path: Path) -> None:
    game = Game(tmp_path, games=(CollectedGame(name="arena", key=KEY),))
    try:
        refused = game.post({"event_type": "join_guild"})
        assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
        assert game.post({"event_type": "join_guild"}, Authorization="Bearer another-key-here").status_code == 401
        assert game.post({"event_type": "join_guild"}, Authorization=f"Bearer {KEY}").status_code == 200
        game.settled()
        ((event,),) = asked(tmp_path, "select raw_event from joins").rows
        assert json.loads(event)["game"] == "arena"
    finally:
        game.close()


def test_nobody_listens_for_strangers_without_a_key(tmp_path: Path) -> None:
    settings = Settings(collector=CollectorSettings(port=0, host="0.0.0.0"))  # noqa: S104 - it is refused
    with Pressbox(settings, tmp_path) as opened, pytest.raises(BadSettings, match=r"\[\[collector.games\]\]"):
        opened.start()


def test_operations_tell_where_its_parts_stand(game: Game) -> None:
    for body in ({"event_type": "join_guild"}, {"event_type": "nobody_knows"}):
        game.post(body)
    until(lambda: game.events.letters.store.open_total() == 1)
    game.settled()
    seen = game.pressbox.observation.look()
    parts = {part.name: part for part in seen.parts}
    assert {"collector", "game play", "lake", "event dead letters"} <= set(parts)
    assert parts["collector"].flow.total == 2
    assert parts["game play"].lag_records == 0
    assert seen.events is not None
    assert (seen.events.dead_letters_total, seen.events.forgotten_total) == (1, 0)
    assert b"pressbox_open_event_dead_letters 1.0" in metrics(seen)
    assert seen.verdict.judgement == "moving"


def test_who_asks_too_often_is_told_when_to_come_back(tmp_path: Path) -> None:
    game = Game(tmp_path, requests_per_s_max=3)
    try:
        answers = [game.http.get("/join_a_guild") for _ in range(20)]
        refused = [one for one in answers if one.status_code == 429]
        assert refused
        assert refused[0].headers["retry-after"] == "1"
        assert game.settled().events == 20 - len(refused)
    finally:
        game.close()


def test_pages_of_allowed_origins_may_send(tmp_path: Path) -> None:
    game = Game(tmp_path, origins=("https://play.example.com",))
    try:
        preflight = game.http.options("/v1/events", headers={"Origin": "https://play.example.com"})
        assert preflight.status_code == 204
        assert preflight.headers["access-control-allow-origin"] == "https://play.example.com"
        other = game.http.options("/v1/events", headers={"Origin": "https://elsewhere.example.com"})
        assert "access-control-allow-origin" not in other.headers
    finally:
        game.close()


def test_malformed_and_half_requests_harm_nobody(game: Game) -> None:
    host, port = str(game.http.base_url.host), game.http.base_url.port
    for sent in (
        b"\x00\xff\r\n\r\n",
        b"POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n{",
        b"GET / HT",
    ):
        with socket.create_connection((host, port)) as raw:
            raw.sendall(sent)
    assert game.http.get("/join_a_guild").status_code == 200
    assert game.http.request("PUT", "/v1/events").status_code == 405
    assert game.http.post("/join_a_guild").status_code == 405
    assert game.settled().events == 1


def test_rows_lie_in_snappy_files_exactly_typed_and_sql_sees_them_before_and_after(game: Game) -> None:
    question = "select item_name, total_cost, typeof(total_cost), typeof(on_hand_qty) from transactions"
    expected = [("healing potion", 12.75, "FLOAT", "SMALLINT")]
    assert game.http.get("/transaction/4").status_code == 200
    game.settled()
    assert asked(game.data, question).rows == expected
    until(lambda: bool(game.events.pumps[0].state().cursor) and not game.events.pumps[0].state().lag)
    game.events.lake.roll()
    assert asked(game.data, question).rows == expected
    (file,) = (game.data / "lake" / "transactions").glob("*.parquet")
    metadata = pyarrow.parquet.ParquetFile(file).metadata
    assert metadata.row_group(0).column(0).compression == "SNAPPY"
    found = accounted(game.data)
    assert (found.rows_in_files, found.rows_not_rolled, found.problems) == (1, 0, ())
    file.unlink()
    assert accounted(game.data).problems == (f"transactions/{file.name}: holds None rows, and 1 were written",)


def test_a_new_optional_field_is_null_in_rows_of_before(tmp_path: Path) -> None:
    schemas = tmp_path / "schemas"
    schemas.mkdir()
    duel: dict[str, Any] = {"event_type": "duel", "table": "duels", "fields": [{"name": "winner", "type": "bigint"}]}
    (schemas / "duel-1.json").write_text(json.dumps(duel))
    for version, more in ((1, {}), (2, {"arena": "pit"})):
        game = Game(tmp_path, roll_s=0.1)
        try:
            assert game.post({"event_type": "duel", "winner": version, **more}).status_code == 200
            until(lambda: accounted(tmp_path).rows_in_files == version)  # noqa: B023 - it is called at once
        finally:
            game.close()
        arena = {"name": "arena", "type": "string", "required": False}
        second = duel | {"version": 2, "fields": [*duel["fields"], arena]}
        (schemas / "duel-2.json").write_text(json.dumps(second))
    assert asked(tmp_path, "select winner, arena from duels order by winner").rows == [(1, None), (2, "pit")]
    (schemas / "duel-3.json").write_text(json.dumps(second | {"version": 3, "fields": [arena]}))
    with pytest.raises(BadSettings, match="winner stood at place 1"):
        Game(tmp_path)


def test_a_dead_letter_keeps_its_bytes_and_becomes_a_row_once_its_type_is_known(tmp_path: Path) -> None:
    duel = b'{"event_type": "duel", "winner": 7, "event_id": "d1"}'
    with_a_number_for_a_name = b'{"event_type": "join_guild", "guild": 5, "event_id": "j1"}'
    game = Game(tmp_path)
    try:
        for body in (duel, with_a_number_for_a_name, duel):
            assert game.post(body).status_code == 422
        until(lambda: sum(one.times for one in game.events.letters.store.letters()) == 3)
        contents = {one.event_id: (one.content, one.times) for one in game.events.letters.store.letters()}
        assert contents == {"d1": (duel, 2), "j1": (with_a_number_for_a_name, 1)}
    finally:
        game.close()
    (tmp_path / "schemas").mkdir()
    schema = {"event_type": "duel", "table": "duels", "fields": [{"name": "winner", "type": "bigint"}]}
    (tmp_path / "schemas" / "duel-1.json").write_text(json.dumps(schema))
    game = Game(tmp_path)
    try:
        operations = game.pressbox.operations_by_name()
        for dry_run in (True, False):
            done = operations["deadletters_replay_events"](dry_run=dry_run)
            assert (done.again, done.left) == (1, 1)
        left = game.events.letters.store.letters()[0]
        with pytest.raises(BadInput, match="guild"):
            operations["deadletters_replay_event"](left.id)
        operations["deadletters_replay_event"](left.id, '{"event_type": "join_guild", "guild": "Owls"}')
        until(lambda: game.events.letters.store.open_total() == 0)
        found = game.settled()
        assert (found.rows_not_rolled + found.rows_in_files, found.dead_letters, found.problems) == (2, 3, ())
        assert asked(tmp_path, "select winner from duels").rows == [(7,)]
        assert asked(tmp_path, "select guild, Host is not null from joins").rows == [("Owls", True)]
    finally:
        game.close()


def test_a_backup_taken_while_events_come_is_whole_and_becomes_a_lake_again(tmp_path: Path) -> None:
    data, restored, file = tmp_path / "data", tmp_path / "restored", tmp_path / "backup.tar.gz"
    (data / "schemas").mkdir(parents=True)
    schema = {"event_type": "duel", "table": "duels", "fields": [{"name": "winner", "type": "bigint"}]}
    (data / "schemas" / "duel-1.json").write_text(json.dumps(schema))
    game = Game(data, roll_s=0.1)
    try:
        for winner in range(20):
            assert game.post({"event_type": "duel", "winner": winner, "event_id": f"d{winner}"}).status_code == 200
        take_backup(Settings(), data, file, taken_ms=1, progress=lambda members: members)
        before = game.settled()
    finally:
        game.close()
    restore_backup(Settings(), file, restored, progress=lambda members: members)
    game = Game(restored, roll_s=0.1)
    try:
        assert game.post({"event_type": "duel", "winner": 0, "event_id": "d0"}).status_code == 200
        until(lambda: accounted(restored).rows_in_files == before.events)
        found = accounted(restored)
        assert (found.repeats, found.problems) == (1, ())
        assert asked(restored, "select count(*), sum(winner) from duels").rows == [(20, 190)]
    finally:
        game.close()


@pytest.mark.parametrize(
    "question",
    [
        "select * from read_csv('/etc/passwd')",
        "select * from '/etc/passwd'",
        "select * from read_text('/etc/passwd')",
        "select * from glob('/etc/*')",
        "attach '/tmp/other.db'",
        "copy purchases to '/tmp/purchases.csv'",
        "copy (select 1) to '/tmp/one.csv'",
        "install httpfs",
        "load httpfs",
        "set enable_external_access = true",
        "pragma enable_profiling",
        "create table mine as select 1",
        "select 1; select 2",
        "select * from read_parquet('https://example.com/x.parquet')",
        "",
        "selec 1",
    ],
)
def test_no_question_reaches_beyond_the_tables(quiet: Path, question: str) -> None:
    with pytest.raises(BadInput):
        asked(quiet, question)


def test_a_question_that_takes_too_long_is_ended_and_a_long_answer_is_cut(game: Game) -> None:
    with pytest.raises(BadInput, match="longer than"):
        asked(game.data, "select count(*) from range(100000000000) a, range(1000000) b", seconds_max=0.3)
    answer = asked(game.data, "select * from range(50)", rows_max=7)
    assert (len(answer.rows), answer.is_cut) == (7, True)


def test_the_page_of_questions_answers_operators_and_gives_its_answers_away(game: Game) -> None:
    for _ in range(3):
        game.http.get("/purchase_a_sword")
    game.settled()
    question = "select item, count(*) as total, '=1+1' as formula from purchases group by item"
    with serving(game.pressbox.services("token")) as url, httpx.Client(base_url=url) as web:
        page = web.get("/sql", params={"q": question})
        assert page.status_code == 200
        assert '<td class="words">sword</td><td>3</td>' in page.text
        refused = web.get("/sql", params={"q": "drop table purchases"})
        assert "a question is a SELECT" in refused.text
        assert web.get("/api/sql", params={"q": question}).json()["rows"] == [["sword", 3, "=1+1"]]
        assert web.get("/api/sql", params={"q": "selec"}).status_code == 400
        assert web.get("/sql.csv", params={"q": question}).text.splitlines() == ["item,total,formula", "sword,3,'=1+1"]
        content = web.get("/sql.parquet", params={"q": question}).content
        assert pyarrow.parquet.read_table(pyarrow.BufferReader(content)).to_pylist() == [
            {"item": "sword", "total": 3, "formula": "=1+1"}
        ]
    strangers = replace(game.pressbox.services("token"), operators=())
    with serving(strangers) as url:
        for path in ("/sql", "/api/sql", "/sql.csv", "/sql.parquet"):
            assert httpx.get(url + path, params={"q": question}).status_code == 403


SETTINGS = """
[collector]
port = 0
roll_s = 0.2
"""


def test_kills_lose_no_acknowledged_event_and_double_none(tmp_path: Path) -> None:
    """Clients retry with their keys until they are answered, while the process is killed at random points."""
    seed = 11
    random = Random(seed)
    settings = tmp_path / "pressbox.toml"
    settings.write_text(SETTINGS)
    data = tmp_path / "data"
    asked_ids = [f"event-{number}" for number in range(1200)]
    waiting, acknowledged = list(asked_ids), set[str]()
    for life in range(LIVES + 1):
        up = start(data, "--settings", str(settings))
        address = _collector_of(up)
        deaths = len(waiting) // 2 if life < LIVES else 0
        with httpx.Client(base_url=address, timeout=5) as client, ThreadPoolExecutor(4) as clients:
            for event_id in clients.map(_sender(client), waiting[: deaths or None]):
                if event_id is not None:
                    acknowledged.add(event_id)
                if life < LIVES and random.random() < 0.01:
                    up.process.kill()
        up.kill() if life < LIVES else up.stop()
        # Some that were answered are sent again, as by a client that never heard the answer.
        waiting = [one for one in asked_ids if one not in acknowledged or random.random() < 0.1]
    assert acknowledged == set(asked_ids), f"seed {seed}"
    with Pressbox(Settings(collector=CollectorSettings(port=0)), data):
        pass
    found = accounted(data)
    assert found.problems == (), f"seed {seed}"
    assert found.not_folded == 0
    rows = asked(data, "select count(*), count(distinct json_extract_string(raw_event, '$.event_id')) from joins").rows
    assert rows == [(1200, 1200)], f"seed {seed}"


def _collector_of(up: Up) -> str:
    assert up.process.stdout is not None
    return up.process.stdout.readline().split()[-1]


def _sender(client: httpx.Client) -> Callable[[str], str | None]:
    def send(event_id: str) -> str | None:
        event = {"event_type": "join_guild", "event_id": event_id}
        try:
            answer = client.post("/v1/events", json=event)
        except httpx.HTTPError:
            return None
        return event_id if answer.status_code == 200 else None

    return send
