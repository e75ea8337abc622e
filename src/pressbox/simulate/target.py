"""Where simulated games are written: a folder, or a bucket of an S3 server."""

import os
from http import HTTPStatus
from pathlib import Path
from typing import Any, Protocol

from pressbox.errors import BadSettings, Unavailable

_S3 = "s3://"


class Target(Protocol):
    """A place for whole objects. A reader sees an object as it was or as it is, never half of it."""

    name: str

    def write(self, name: str, content: bytes) -> None:
        """
        Put *content* in place of what the object *name* held.

        Raises:
            Unavailable: the place cannot take it now; the object is as it was.
        """
        ...


def open_target(
    where: str, *, endpoint: str | None = None, access_key: str | None = None, secret_key: str | None = None
) -> Target:
    """
    Return the bucket *where* names as `s3://bucket`, or else the folder it names, created where it is missing.

    *endpoint*, *access_key* and *secret_key* are the S3 server's; without them the usual AWS places are asked.

    Raises:
        BadSettings: it can never be written to as it is given.
        Unavailable: it cannot be reached now.
    """
    if where.startswith(_S3):
        bucket = where.removeprefix(_S3).rstrip("/")
        return BucketTarget(bucket, endpoint=endpoint, access_key=access_key, secret_key=secret_key)
    return FolderTarget(Path(where))


class FolderTarget:
    """A folder; each object is a file in it."""

    def __init__(self, folder: Path) -> None:
        """
        Create *folder* where it is missing.

        Raises:
            BadSettings: it cannot be created.
        """
        self.name = folder.resolve().name
        self._folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise BadSettings(f"the folder {folder} for simulated games cannot be created: {error}") from error

    def write(self, name: str, content: bytes) -> None:
        """
        Put *content* in place of what the file *name* held.

        Raises:
            Unavailable: the disk does not take it now; the file is as it was.
        """
        # beside its place and then renamed: a reader never meets half a file, and skips names that begin with a dot
        unfinished = self._folder / f".{name}.{os.getpid()}"
        try:
            unfinished.write_bytes(content)
            unfinished.replace(self._folder / name)
        except OSError as error:
            unfinished.unlink(missing_ok=True)
            raise Unavailable(f"{self._folder / name} cannot be written: {error}") from error


class BucketTarget:
    """A bucket of an S3 server; one PUT replaces an object whole."""

    def __init__(self, bucket: str, *, endpoint: str | None, access_key: str | None, secret_key: str | None) -> None:
        """
        Create *bucket* where it is missing.

        Raises:
            BadSettings: boto3 is not installed, or the server refuses the bucket's name or the keys.
            Unavailable: the server cannot be reached now.
        """
        self.name = bucket
        self._server = endpoint or "AWS"
        try:
            self._client = _client(endpoint, access_key, secret_key)
            self._create_where_missing()
        except ModuleNotFoundError as error:
            raise BadSettings("games go to S3 through boto3, which is missing: pip install 'pressbox[s3]'") from error
        except ValueError as error:
            raise BadSettings(f"{endpoint!r} is not the address of an S3 server, such as http://host:9000") from error

    def write(self, name: str, content: bytes) -> None:
        """
        Put *content* in place of what the object *name* held.

        Raises:
            Unavailable: the server cannot be reached or refuses; the object is as it was.
        """
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - an extra

        try:
            self._client.put_object(Bucket=self.name, Key=name, Body=content)
        except (BotoCoreError, ClientError) as error:
            raise Unavailable(f"{name} cannot be written to bucket {self.name} of {self._server}: {error}") from error

    def _create_where_missing(self) -> None:
        from botocore.exceptions import BotoCoreError, ClientError, ConnectionError, HTTPClientError  # noqa: A004, PLC0415

        try:
            if not self._exists():
                self._client.create_bucket(Bucket=self.name)
        except (ConnectionError, HTTPClientError) as error:
            raise Unavailable(f"the S3 server {self._server} cannot be reached: {error}") from error
        except (BotoCoreError, ClientError) as error:
            message = f"bucket {self.name!r} cannot be used on {self._server}; see to its name and the keys: {error}"
            raise BadSettings(message) from error

    def _exists(self) -> bool:
        from botocore.exceptions import ClientError  # noqa: PLC0415 - an extra

        try:
            self._client.head_bucket(Bucket=self.name)
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] != HTTPStatus.NOT_FOUND:
                raise
            return False
        return True


def _client(endpoint: str | None, access_key: str | None, secret_key: str | None) -> Any:
    import boto3  # noqa: PLC0415 - an extra
    from botocore.config import Config  # noqa: PLC0415

    return boto3.client(
        "s3",
        endpoint_url=endpoint,
        aws_access_key_id=access_key,
        aws_secret_access_key=secret_key,
        # servers other than AWS know buckets by path and may not know its newer checksums
        config=Config(
            s3={"addressing_style": "path" if endpoint else "auto"},
            request_checksum_calculation="when_required",
            connect_timeout=5,
            read_timeout=10,
            retries={"max_attempts": 2},
        ),
    )
