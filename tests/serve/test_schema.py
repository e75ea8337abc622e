from pressbox.codec.sensor_message import sensor_message_schema
from tests.serve.conftest import Serve
from tests.serve.stand import Memory, services


def test_the_schema_of_sensor_messages_is_served(serve: Serve) -> None:
    answer = serve(services(Memory())).get("/api/schema/sensor-message.json")
    assert answer.headers["content-type"].startswith("application/schema+json")
    assert answer.json() == sensor_message_schema()
    assert serve(services(Memory())).get("/api/schema/openapi.json").status_code == 200
