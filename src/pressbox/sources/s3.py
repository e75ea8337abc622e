"""
A bucket as an object store, by any server that speaks the S3 API. Needs the extra `s3`.

A listing tells each object's ETag, which changes with its content; only objects with a new one are read, on condition
that they still have it. Of a large object that grew only the end is read, once its last known bytes proved to be where
they were; until a full read has followed it is listed under another version, so that a change further up is found too.
"""

import importlib
import logging
import threading
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from fnmatch import fnmatchcase
from typing import Annotated, Any, Final

from msgspec import Meta, Struct

from pressbox.errors import BadInput, BadSettings, Unavailable
from pressbox.sources.object_store import ObjectInfo

_CONNECT_TIMEOUT_S: Final = 3
_READ_TIMEOUT_S: Final = 10
_LONG_BYTES: Final = 64 * 1024
_OVERLAP_BYTES: Final = 4096

_LOGGER: Final = logging.getLogger(__name__)

SECRET: Final = {"secret": True}
"""Marks a setting that may not stand in the settings file itself."""


class S3Settings(Struct, frozen=True, kw_only=True, tag="s3", tag_field="kind", forbid_unknown_fields=True):
    """Feeds in buckets: a pattern's first part is the bucket, the rest the key."""

    endpoint: Annotated[str | None, Meta(description="address of the server; unset: AWS")] = None
    region: Annotated[str, Meta(description="region to sign for")] = "us-east-1"
    access_key: Annotated[str | None, Meta(description="such as ${S3_ACCESS_KEY}; unset: the usual AWS places")] = None
    secret_key: Annotated[str | None, Meta(description="such as ${S3_SECRET_KEY}", extra=SECRET)] = None
    poll_s: Annotated[float, Meta(description="seconds between two listings", gt=0)] = 0.25


class S3:
    """Buckets under watch. There is no notice of changes: every listing is a look at everything."""

    def __init__(self, settings: S3Settings, patterns: Iterable[str]) -> None:
        self.scan_s = settings.poll_s
        self._patterns = [pattern.partition("/")[::2] for pattern in patterns]
        self._client, self._errors = client_for(settings)
        self._infos: dict[str, ObjectInfo] = {}
        self._known: dict[str, bytes] = {}
        self._read_in_part: set[str] = set()
        self._refused = ""
        self._closing = threading.Event()

    def objects(self) -> Iterator[ObjectInfo]:
        """
        Return the objects in the buckets whose keys match.

        A bucket that cannot be listed keeps none of the others back, unless it is the only one.
        """
        refused = ""
        buckets = {bucket for bucket, _ in self._patterns}
        for bucket in buckets:
            try:
                infos = list(self._list(bucket))
            except Unavailable as error:
                if len(buckets) == 1:
                    raise
                refused = str(error)
                if refused != self._refused:
                    _LOGGER.warning("source: %s", refused)
                continue
            for info in infos:
                self._infos[info.key] = info
                yield self._told(info)
        self._refused = refused

    def look(self, key: str) -> ObjectInfo | None:
        """Return what the last listing said of *key*, asked again so that it is of now."""
        bucket, _, name = key.partition("/")
        if not self._matches(bucket, name):
            return None
        try:
            head = self._client.head_object(Bucket=bucket, Key=name)
        except self._errors.ClientError as error:
            if _status(error) == 404:  # noqa: PLR2004 - HTTP's own number
                return None
            raise _translated(error, key) from error
        except self._errors.BotoCoreError as error:
            raise Unavailable(f"{key}: {error}") from error
        self._infos[key] = _info(key, head["ETag"], head["ContentLength"], head["LastModified"])
        return self._told(self._infos[key])

    def read(self, key: str) -> bytes | None:
        """Return the object's bytes, or None where it is gone or was written again meanwhile."""
        bucket, _, name = key.partition("/")
        known = self._known.pop(key, b"")
        info = self._infos.get(key)
        if info is not None and _LONG_BYTES <= len(known) < info.size:
            first = len(known) - _OVERLAP_BYTES
            end = self._get(key, Bucket=bucket, Key=name, IfMatch=info.version, Range=f"bytes={first}-")
            if end is not None and end.startswith(known[first:]):
                self._read_in_part.add(key)
                return known[:first] + end
        content = self._get(key, Bucket=bucket, Key=name)
        self._read_in_part.discard(key)
        if content is not None and len(content) >= _LONG_BYTES:
            self._known[key] = content
        return content

    def wait(self, timeout_s: float) -> AbstractSet[str]:
        """Wait until the next listing is due."""
        self._closing.wait(timeout_s)
        return frozenset()

    def close(self) -> None:
        """Stop waiting and let go of the connections."""
        self._closing.set()
        self._client.close()

    def _told(self, info: ObjectInfo) -> ObjectInfo:
        return info._replace(version=info.version + " in part") if info.key in self._read_in_part else info

    def _list(self, bucket: str) -> Iterator[ObjectInfo]:
        try:
            for page in self._client.get_paginator("list_objects_v2").paginate(Bucket=bucket):
                for item in page.get("Contents", ()):
                    if self._matches(bucket, item["Key"]):
                        key = f"{bucket}/{item['Key']}"
                        yield _info(key, item["ETag"], item["Size"], item["LastModified"])
        except self._errors.ClientError as error:
            raise _translated(error, f"bucket {bucket}") from error
        except self._errors.BotoCoreError as error:
            raise Unavailable(f"bucket {bucket}: {error}") from error

    def _matches(self, bucket: str, name: str) -> bool:
        return any(bucket == one and fnmatchcase(name, pattern) for one, pattern in self._patterns)

    def _get(self, key: str, **request: str) -> bytes | None:
        try:
            content: bytes = self._client.get_object(**request)["Body"].read()
        except self._errors.ClientError as error:
            if _status(error) in (404, 412, 416):
                return None
            raise _translated(error, key) from error
        except self._errors.BotoCoreError as error:
            raise Unavailable(f"{key}: {error}") from error
        return content


def client_for(settings: S3Settings) -> tuple[Any, Any]:
    """
    Return a client for *settings* and the module of its errors.

    Raises:
        BadSettings: boto3 is not installed.
    """
    try:
        boto3 = importlib.import_module("boto3")
        config = importlib.import_module("botocore.config")
        errors = importlib.import_module("botocore.exceptions")
    except ImportError as error:
        raise BadSettings("S3 needs boto3: pip install 'pressbox[s3]'") from error
    client = boto3.client(
        "s3",
        endpoint_url=settings.endpoint,
        region_name=settings.region,
        aws_access_key_id=settings.access_key,
        aws_secret_access_key=settings.secret_key,
        config=config.Config(
            connect_timeout=_CONNECT_TIMEOUT_S,
            read_timeout=_READ_TIMEOUT_S,
            retries={"total_max_attempts": 2},
            s3={"addressing_style": "path"},
        ),
    )
    return client, errors


def read_object(settings: S3Settings, key: str) -> bytes:
    """
    Return the whole object *key*, written `bucket/key`.

    Raises:
        BadInput: there is no such object.
        BadSettings: the server refuses us, or boto3 is not installed.
        Unavailable: the server is away.
    """
    store = S3(settings, [key])
    try:
        content = store.read(key)
    finally:
        store.close()
    if content is None:
        raise BadInput(f"s3://{key}: there is no such object")
    return content


def _info(key: str, etag: str, size: int, modified: Any) -> ObjectInfo:
    return ObjectInfo(key, etag, size, int(modified.timestamp() * 1000))


def _status(error: Any) -> int:
    return int(error.response["ResponseMetadata"]["HTTPStatusCode"])


def _translated(error: Any, what: str) -> Exception:
    code = error.response["Error"].get("Code", "")
    if _status(error) in (401, 403):
        return BadSettings(f"{what}: the server refuses the access key or its rights ({code}): see [source]")
    return Unavailable(f"{what}: {code or error}")
