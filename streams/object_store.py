"""An S3 bucket as blob store: its settings, how s3fs is to work with it, and what its refusals mean.

s3fs is loaded where a bucket is used and nowhere else. It keeps no listings, since another process may write: S3 reads
after a write since 2020, and so do its kin. https://docs.aws.amazon.com/AmazonS3/latest/userguide/Welcome.html
"""

from __future__ import annotations

import errno
import logging
import os
from typing import Any, Self

import fsspec
from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from streams.errors import BlobStoreUnusable, DependencyDown, LoginUnusable
from streams.logins import check_file, check_pair, read_secret

log = logging.getLogger(__name__)

ANOTHER_REGION = getattr(errno, "EREMCHG", errno.ENOENT)
"""What s3fs makes of a redirect to another region (`s3fs.errors`)."""
_PREFIX = "SPINESTREAM_S3_"
_VARIABLES: tuple[str, str] = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")


class S3Settings(BaseSettings):
    """How to reach an S3 bucket. Keys come from the usual AWS variables or the machine's own role, or from files."""

    model_config = SettingsConfigDict(env_prefix=_PREFIX, extra="ignore")

    endpoint: str = Field(
        default="", pattern="^(https?://.+)?$", description="URL of a server that is not Amazon's; empty: Amazon's."
    )
    region: str = Field(default="", description="Region of the bucket; empty: AWS_DEFAULT_REGION, or the server's own.")
    ca_file: str = Field(default="", description="PEM file of the authorities whose servers are trusted.")
    key_file: str = Field(default="", description="File that holds the access key's id.")
    secret_file: str = Field(default="", description="File that holds the secret access key.")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        """Refuse keys that are half set or in files that cannot be read, and authorities for a server without TLS."""
        check_pair(self.key_file, self.secret_file, f"{_PREFIX}KEY_FILE", f"{_PREFIX}SECRET_FILE")
        if self.ca_file and self.endpoint.startswith("http://"):
            raise LoginUnusable(f"{_PREFIX}CA_FILE is set and {_PREFIX}ENDPOINT is http://: write https://")
        if self.ca_file:
            check_file(self.ca_file, f"{_PREFIX}CA_FILE")
        if self.key_file:
            self.keys()
        return self

    @property
    def given(self) -> list[str]:
        """The variables that are set."""
        return [f"{_PREFIX}{name}".upper() for name in type(self).model_fields if getattr(self, name)]

    def keys(self) -> dict[str, str]:
        """Return id and secret from their files, nothing where the AWS variables or a role of the machine have them.

        Raises LoginUnusable.
        """
        if not self.key_file:
            return {}
        return {
            "key": read_secret(self.key_file, f"{_PREFIX}KEY_FILE"),
            "secret": read_secret(self.secret_file, f"{_PREFIX}SECRET_FILE"),
        }

    def options(self) -> dict[str, Any]:
        """Return what s3fs is given: bounded patience, since a store that is away is waited for by the loop.

        Raises LoginUnusable for keys that are half set, given twice, or cannot be read.
        """
        key, secret = (os.environ.get(name, "") for name in _VARIABLES)
        check_pair(key, secret, *_VARIABLES)
        if self.key_file and key:
            raise LoginUnusable(f"{_PREFIX}KEY_FILE and {_VARIABLES[0]} are both set: the keys are in one place")
        client = {"region_name": self.region, "verify": self.ca_file}
        patience = {"connect_timeout": 5, "read_timeout": 60}
        config: dict[str, Any] = {**patience, "retries": {"max_attempts": 2, "mode": "standard"}}
        if self.endpoint:
            # Not every server but Amazon's knows the newer checksums; what is read is held against its sha256 anyway.
            config |= {"request_checksum_calculation": "when_required"}
        return {
            "use_listings_cache": False,
            "skip_instance_cache": True,
            "config_kwargs": config,
            "client_kwargs": {name: value for name, value in client.items() if value},
            **({"endpoint_url": self.endpoint} if self.endpoint else {}),
            **self.keys(),
        }


def is_s3(url: str) -> bool:
    """Whether a blob store's URL names an S3 bucket."""
    return url.startswith(("s3://", "s3a://"))


def open_store(url: str, s3: S3Settings | None) -> tuple[Any, str]:
    """Return the file system of a URL and the path on it; `s3` is needed for a bucket and for nothing else.

    Raises BlobStoreUnusable for a URL of a kind that is not known here, LoginUnusable for keys that cannot be read.
    """
    if is_s3(url) and "@" in url.split("/")[2]:
        raise BlobStoreUnusable("the blob store's URL holds a login: keys come from the environment or from files")
    options = s3.options() if s3 is not None else {}
    kind = url.partition("://")[0]
    try:
        found: tuple[Any, str] = fsspec.core.url_to_fs(url, **options)
    except ImportError as error:
        package = "s3fs: install spinestream[s3]" if is_s3(url) else f"a package that is not installed ({error})"
        raise BlobStoreUnusable(f"a blob store at {kind}:// needs {package}") from error
    except ValueError as error:
        raise BlobStoreUnusable(
            f"a blob store at {kind}:// is of no known kind: name a folder, or s3://bucket/path"
        ) from error
    return found


def bucket_of(root: str) -> str:
    """Return the bucket of a path on S3."""
    return root.partition("/")[0]


def reason(error: Exception, bucket: str) -> str:
    """Return why a store did not do what it was asked, in words that hold no key: its kind, and what to look at."""
    if isinstance(error, LoginUnusable):
        return str(error)
    if isinstance(error, PermissionError):
        return f"access to bucket {bucket} is refused: see its keys and its policy" if bucket else "access is refused"
    if isinstance(error, FileNotFoundError):
        return f"there is no bucket {bucket}: make it, or see SPINESTREAM_BLOBS" if bucket else "its folder is gone"
    if bucket and isinstance(error, OSError) and error.errno == ANOTHER_REGION:
        return f"bucket {bucket} is in another region: set {_PREFIX}REGION"
    return type(error).__name__


def check_bucket(fs: Any, root: str) -> None:
    """Look at a bucket once, and say what would not work. One whose old versions stay is warned of.

    Raises BlobStoreUnusable where it is not there or its listing is refused (a blob that is absent could not be told
    from one that may not be read), DependencyDown where the server does not answer.
    """
    bucket = bucket_of(root)
    try:
        fs.call_s3("list_objects_v2", Bucket=bucket, Prefix=root.partition("/")[2], MaxKeys=1)
    except (PermissionError, FileNotFoundError) as error:
        raise BlobStoreUnusable(f"the blob store cannot be used: {reason(error, bucket)}") from error
    except Exception as error:
        if type(error).__name__ in _NO_KEYS:
            raise BlobStoreUnusable(
                f"the blob store cannot be used: no keys for bucket {bucket}; set {' and '.join(_VARIABLES)}, or "
                f"{_PREFIX}KEY_FILE and {_PREFIX}SECRET_FILE"
            ) from error
        raise DependencyDown("blob store", reason(error, bucket)) from error
    _warn_of_versions(fs, bucket)


_NO_KEYS = ("NoCredentialsError", "PartialCredentialsError")
"""Errors of botocore; named, not imported."""


def _warn_of_versions(fs: Any, bucket: str) -> None:
    try:
        kept = fs.call_s3("get_bucket_versioning", Bucket=bucket).get("Status") == "Enabled"
    except Exception as error:  # noqa: BLE001 - a policy need not allow the look, and not every server knows it
        log.info("blob store: whether bucket %s keeps old versions is not told (%s)", bucket, type(error).__name__)
        return
    if kept:
        log.warning(
            "blob store: bucket %s keeps old versions, so what is erased stays there: turn versioning off, or let a "
            "lifecycle rule end versions that are not current",
            bucket,
        )
