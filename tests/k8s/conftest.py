"""What tests of the chart share that start real processes."""

from __future__ import annotations

import pytest


@pytest.fixture
def here(servers, mongo_db, topic_prefix, tmp_path) -> dict[str, str]:
    """What differs between a pod and this machine: where the servers are, and ports that are free."""
    return {
        **servers.addresses.environment(),
        "SPINESTREAM_KAFKA_PREFIX": topic_prefix,
        "SPINESTREAM_KAFKA_REPLICATION": "1",
        "SPINESTREAM_DATABASE": mongo_db,
        "SPINESTREAM_BLOBS": str(tmp_path / "blobs"),
        "SPINESTREAM_TELEMETRY__LISTEN": "127.0.0.1:0",
        "SPINESTREAM_TELEMETRY__OTLP": "",
        "SPINESTREAM_TELEMETRY__SAMPLED": "0",
        "SPINESTREAM_WEB__HOST": "127.0.0.1",
        "SPINESTREAM_WEB__PORT": "0",
        "SPINESTREAM_GATEWAY__DICOM_HOST": "127.0.0.1",
        "SPINESTREAM_GATEWAY__DICOM_PORT": "0",
    }
