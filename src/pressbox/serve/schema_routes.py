"""The schema of what sensors send, for whoever builds one."""

from typing import Any, Final

import msgspec
from litestar import Response, get

from pressbox.codec.sensor_message import sensor_message_schema

_SCHEMA: Final = msgspec.json.encode(sensor_message_schema(), order="sorted")


def schema_routes() -> list[Any]:
    """Return the route of the schema."""

    @get("/api/schema/sensor-message.json", sync_to_thread=False, summary="JSON Schema of a sensor's message")
    def sensor_message() -> Response[bytes]:
        return Response(_SCHEMA, media_type="application/schema+json", headers={"Cache-Control": "no-cache"})

    return [sensor_message]
