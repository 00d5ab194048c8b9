# Everything a newcomer needs: `make demo` and `make test`. Both do all set-up by themselves.
SHELL := /bin/bash
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
UV_VERSION := 0.13.9
LOCK := requirements/cpu-dev.lock
READY := $(VENV)/.ready-$(shell cat $(LOCK) pyproject.toml | cksum | cut -d' ' -f1)
WORK ?= work/demo
LOOP_WORK ?= work/loop

.PHONY: help setup demo loop test lint types check prove lock clean

help:
	@echo "make demo    stream three documents through every stage and show what came of it"
	@echo "make loop    take one turn of the loop: review, train, score, decide, swap"
	@echo "make test    lint, types, import rules and every test"
	@echo "make prove   run the long proofs and write docs/measurements.md"
	@echo "make lock    resolve requirements/*.lock again"
	@echo "make clean   remove the environment and demo work folders"

setup: $(READY)

$(READY): $(LOCK) pyproject.toml
	@echo "setting up $(VENV) (the first time downloads about 3 GB) …"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check "uv==$(UV_VERSION)"
	@$(BIN)/python scripts/install.py $(LOCK)
	@$(BIN)/spinestream servers prepare
	@$(BIN)/spinestream models prepare
	@rm -f $(VENV)/.ready-* && touch $@

demo: $(READY)
	@$(BIN)/spinestream demo --workdir $(WORK)

loop: $(READY)
	@$(BIN)/spinestream loop --workdir $(LOOP_WORK)

lint: $(READY)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(READY)
	@$(BIN)/mypy

check: lint types
	@$(BIN)/lint-imports

# Two at a time, each with servers of its own: most tests wait for processes.
test: check
	@OMP_NUM_THREADS=1 $(BIN)/pytest -q -n 2 --dist loadfile

prove: $(READY)
	@OMP_NUM_THREADS=1 $(BIN)/python -m tests.prove $(ROWS)

lock: $(READY)
	@$(BIN)/uv pip compile -q --override requirements/overrides.txt -p 3.11 --extra cpu --extra dev pyproject.toml -o requirements/cpu-dev.lock
	@$(BIN)/uv pip compile -q --override requirements/overrides.txt -p 3.11 --extra cpu --extra s3 --extra jobs pyproject.toml -o requirements/cpu.lock
	@$(BIN)/uv pip compile -q --override requirements/overrides-gpu.txt -p 3.11 --extra gpu --extra s3 --extra jobs pyproject.toml -o requirements/gpu.lock

clean:
	rm -rf $(VENV) work
