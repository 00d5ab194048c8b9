"""Settings: which source wins, what is refused and how it is told, and what a role gets of the environment."""

from __future__ import annotations

import json
import os
import re
import stat
from importlib import resources
from pathlib import Path

import pytest

from actors.pools.settings import PoolSettings
from spinestream.embedded import Addresses
from spinestream.engine_choice import check_engine, check_followers
from spinestream.errors import SettingsWrong, UsageError
from spinestream.running.register import split_settings, with_key
from spinestream.settings import Settings, load, outside, save
from spinestream.wiring import broker_settings, worker_settings
from spinestream.workdir import Workdir


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("SPINESTREAM_"):
            monkeypatch.delenv(name)


@pytest.fixture
def place(tmp_path: Path) -> Workdir:
    return Workdir.open(tmp_path / "W")


def test_flags_win_over_the_environment_and_that_over_the_file(place: Workdir, monkeypatch: pytest.MonkeyPatch) -> None:
    save(
        place,
        load(place, {"pools": {"engine": {"max_actors": 2, "in_flight": 7, "cpus": 0.25}}, "plan": {"variants": 4}}),
    )
    monkeypatch.setenv("SPINESTREAM_POOLS__ENGINE__MAX_ACTORS", "3")
    monkeypatch.setenv("SPINESTREAM_POOLS__ENGINE__IN_FLIGHT", "8")
    found = load(place, {"pools": {"engine": {"max_actors": 5}}})
    assert (found.pools["engine"].max_actors, found.pools["engine"].in_flight, found.pools["engine"].cpus) == (
        5,
        8,
        0.25,
    )
    assert found.plan.variants == 4
    assert found.plan.window == 4


def test_what_a_run_was_given_is_what_a_later_command_finds(place: Workdir) -> None:
    given = load(place, {"engine": "scripted", "engine_settings": {"latency_s": 0.5}, "separate": True})
    save(place, given)
    assert load(place) == given


def test_an_engine_named_anew_does_not_inherit_another_ones_settings(place: Workdir) -> None:
    save(place, load(place, {"engine": "scripted", "engine_settings": {"latency_s": 0.5}}))
    assert load(place, {"engine": "vllm"}).engine_settings == {}
    assert load(place, {"engine_settings": {"max_num_seqs": 1}}).engine_settings == {
        "latency_s": 0.5,
        "max_num_seqs": 1,
    }


def test_a_new_run_goes_on_with_the_engine_of_the_last_one(place: Workdir, monkeypatch: pytest.MonkeyPatch) -> None:
    own = {"model": "Qwen/Qwen2.5-VL-7B-Instruct", "adapter": "zero"}
    save(place, load(place, {"engine": "vllm-async", "engine_settings": own}))
    again = load(place, new_run=True)
    assert (again.engine, again.engine_settings) == ("vllm-async", own)
    monkeypatch.setenv("SPINESTREAM_ENGINE", "openai")
    other = load(place, new_run=True)
    assert (other.engine, other.engine_settings) == ("openai", {})


MODELS_PAGE = Path(__file__).parents[2] / "docs" / "models.md"


@pytest.mark.parametrize("shown", re.findall(r"```json\n(.*?)```", MODELS_PAGE.read_text(), re.DOTALL))
def test_what_the_page_on_models_shows_can_be_put_into_the_file(place: Workdir, shown: str) -> None:
    place.settings_file.write_text(shown)
    asked, found = json.loads(shown), load(place, new_run=True)
    check_engine(found)
    assert (found.engine, found.engine_settings) == (asked["engine"], asked["engine_settings"])
    assert set(found.pools) == set(asked["pools"])


def test_a_new_run_forgets_the_engine_for_tests_wherever_it_is_stored(place: Workdir) -> None:
    pools = {
        "first": {"stages": ["read", "draft"], "engine": "scripted", "engine_settings": {"latency_s": 0.1}},
        "second": {"stages": ["revise"], "max_actors": 2},
    }
    save(place, load(place, {"engine": "scripted", "engine_settings": {"latency_s": 0.5}, "pools": pools}))
    again = load(place, new_run=True)
    assert (again.engine, again.engine_settings) == ("vllm", {})
    assert again.engine_of(again.pools["first"]) == ("vllm", {})
    assert again.pools["second"].max_actors == 2


def test_engine_settings_come_from_the_environment_too(place: Workdir, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPINESTREAM_ENGINE", "scripted")
    monkeypatch.setenv("SPINESTREAM_ENGINE_SETTINGS__LATENCY_S", "0.25")
    found = load(place)
    check_engine(found)
    assert found.engine_settings == {"latency_s": "0.25"}


def test_a_blob_folder_means_the_same_from_everywhere(place: Workdir, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(place.root)
    assert load(place, {"blobs": "there"}).blobs == str(place.root / "there")
    assert load(place, {"blobs": "s3://bucket/there"}).blobs == "s3://bucket/there"


def test_each_wrong_field_is_named_with_the_place_it_was_set_in(
    place: Workdir, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.settings_file.write_text(json.dumps({"documents": {"max_bytes": 0}, "plan": {"variants": 1}}))
    monkeypatch.setenv("SPINESTREAM_POOLS__ENGINE__MAX_ACTORS", "zero")
    with pytest.raises(SettingsWrong) as wrong:
        load(place, {"plan": {"variants": 21}})
    told = str(wrong.value)
    assert wrong.value.exit_code == 2
    assert "plan.variants (on the command line): Input should be less than or equal to 20" in told
    where = "in the environment, SPINESTREAM_POOLS__ENGINE__MAX_ACTORS"
    assert f"pools.engine.max_actors ({where}): Input should be a valid integer" in told
    assert f"documents.max_bytes (in {place.settings_file}): Input should be greater than or equal to 1" in told


def test_a_misspelt_field_is_refused(place: Workdir, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPINESTREAM_POOLS__ENGINE__ACTOR", "2")
    told = r"pools\.engine\.actor .*SPINESTREAM_POOLS__ENGINE__ACTOR\): there is no such setting"
    with pytest.raises(SettingsWrong, match=told):
        load(place)


def test_pools_of_which_a_stage_has_none_or_two_are_refused_with_where_they_were_set(
    place: Workdir, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SettingsWrong, match=r"pools \(on the command line\): .*no pool serves stage revise"):
        load(place, {"pools": {"engine": {"stages": ["read", "draft"]}}})
    monkeypatch.setenv("SPINESTREAM_POOLS__SECOND__MAX_ACTORS", "2")
    with pytest.raises(SettingsWrong, match=r"stage read is served 2 times \(by .*engine.*\): leave it to one pool"):
        load(place, {"pools": {"engine": {"max_actors": 1}}})


def test_stages_given_out_anew_take_the_place_of_pools_that_were_there(
    place: Workdir, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(place, load(place, {"pools": {"engine": {"max_actors": 2}}}))
    split = {"draft": {"stages": ["read", "draft"]}, "revise": {"stages": ["revise"], "gpus": 1}}
    monkeypatch.setenv("SPINESTREAM_POOLS", json.dumps(split))
    assert set(load(place).pools) == {"draft", "revise"}
    monkeypatch.delenv("SPINESTREAM_POOLS")
    save(place, load(place, {"pools": split}))
    assert load(place, {"pools": {"revise": {"max_actors": 3}}}).pools["revise"].max_actors == 3
    one = {"engine": {"stages": ["read", "draft", "revise"]}}
    assert set(load(place, {"pools": one}).pools) == {"engine"}


def test_a_pool_has_its_own_engine_settings_over_those_of_the_deployment() -> None:
    settings = Settings(
        engine="scripted",
        engine_settings={"latency_s": 0.5, "max_num_seqs": 8},
        pools={
            "first": {"stages": ["read", "draft"], "engine_settings": {"max_num_seqs": 4}},
            "second": {"stages": ["revise"], "engine": "vllm", "engine_settings": {"dtype": "float32"}},
        },
    )
    assert settings.engine_of(settings.pools["first"]) == ("scripted", {"latency_s": 0.5, "max_num_seqs": 4})
    assert settings.engine_of(settings.pools["second"]) == ("vllm", {"dtype": "float32"})


@pytest.mark.parametrize(("name", "value"), [("SPINESTREAM_POOLS", "3x"), ("SPINESTREAM_PLAN", "{")])
def test_what_is_no_json_is_told_by_its_field(
    name: str, value: str, place: Workdir, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsWrong, match=name.removeprefix("SPINESTREAM_").lower()):
        load(place)


def test_a_damaged_file_is_named(place: Workdir) -> None:
    place.settings_file.write_text("{")
    with pytest.raises(SettingsWrong, match=r"settings\.json is damaged"):
        load(place)


def test_settings_of_the_split_are_checked_and_named(place: Workdir, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPINESTREAM_SPLIT_BENCH", "3")
    with pytest.raises(SettingsWrong, match=r"SPINESTREAM_SPLIT_BENCH: Input should be less than or equal to 0\.5"):
        split_settings()
    monkeypatch.setenv("SPINESTREAM_SPLIT_BENCH", "0.5")
    assert split_settings().bench == 0.5


def test_the_split_key_is_made_once_and_a_given_one_wins(place: Workdir, monkeypatch: pytest.MonkeyPatch) -> None:
    first = with_key(split_settings(), place).key.get_secret_value()
    assert len(first) == 64
    assert with_key(split_settings(), place).key.get_secret_value() == first
    assert stat.S_IMODE((place.secrets / "split.key").stat().st_mode) == 0o600
    monkeypatch.setenv("SPINESTREAM_SPLIT_KEY", "given")
    assert with_key(split_settings(), place).key.get_secret_value() == "given"


def test_settings_of_the_broker_are_checked_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPINESTREAM_KAFKA_REPLICATION", "0")
    with pytest.raises(SettingsWrong, match="SPINESTREAM_KAFKA_REPLICATION: Input should be greater"):
        broker_settings(Addresses(kafka="127.0.0.1:9092"))


def test_a_pool_with_an_adapter_of_its_own_does_not_follow_the_route() -> None:
    own = {"adapter": "/models/adapters/spine-revise@3fa9c1d2e4b7"}
    pools = {
        "draft": PoolSettings(stages=("read", "draft")),
        "revise": PoolSettings(stages=("revise",), engine_settings=own, follow_route=False),
    }
    check_followers(Settings(engine="vllm", pools=pools))
    check_followers(Settings(engine="vllm", engine_settings={"adapter": "zero"}))
    check_followers(Settings(engine="vllm", engine_settings={"adapter": ""}))
    pools["revise"] = pools["revise"].model_copy(update={"follow_route": True})
    with pytest.raises(SettingsWrong, match=r"pools\.revise: follows the route"):
        check_followers(Settings(engine="vllm", pools=pools))
    with pytest.raises(SettingsWrong, match=r"pools\.engine: follows the route"):
        check_followers(Settings(engine="vllm", engine_settings=own))


def test_what_is_trained_is_what_answers_unless_training_names_a_model(tmp_path: Path) -> None:
    served = Settings(engine_settings={"model": "/models/served"})
    assert served.training_settings().model == "/models/served"
    assert Settings().training_settings().model == "bundled"
    file = tmp_path / "train.yaml"
    file.write_text("rank: 4\n")
    found = served.training_settings(file)
    assert (found.model, found.rank) == ("/models/served", 4)
    file.write_text("model: /models/another\n")
    assert served.training_settings(file).model == "/models/another"


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        (Settings(engine="nope"), "no engine is called 'nope'; there are .*scripted, vllm"),
        (
            Settings(engine="scripted", engine_settings={"latency": 1}),
            "engine_settings.latency: there is no such setting",
        ),
        (Settings(engine="scripted", engine_settings={"latency_s": -1}), "engine_settings.latency_s: Input should be"),
        (Settings(engine="vllm", engine_settings={"dtype": "int3"}), "engine_settings.dtype: Input should be"),
        (
            Settings(engine="scripted", pools={"a": {"engine_settings": {"latency": 1}}}),
            "pools.a.engine_settings.latency: there is no such setting",
        ),
        (
            Settings(engine="scripted", pools={"a": {"engine": "nope"}}),
            "pools.a.engine: no engine is called 'nope'",
        ),
    ],
)
def test_an_engine_that_cannot_be_used_is_refused_at_once(settings: Settings, told: str) -> None:
    with pytest.raises(SettingsWrong, match=told):
        check_engine(settings)


def test_an_engine_whose_package_is_missing_is_refused_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(SettingsWrong, match=r"vllm needs the package vllm: install spinestream\[cpu\]"):
        check_engine(Settings(engine="vllm"))


def test_a_role_gets_no_setting_by_the_environment_and_all_that_is_none() -> None:
    environ = {
        "SPINESTREAM_ENGINE": "vllm",
        "spinestream_separate": "1",
        "SPINESTREAM_POOLS__ENGINE__MAX_ACTORS": "2",
        "SPINESTREAM_ENGINE_SETTINGS__X__Y": "2",
        "SPINESTREAM_KAFKA": "host:9092",
        "SPINESTREAM_KAFKA_PREFIX": "mine.",
        "SPINESTREAM_SPLIT_KEY": "k",
        "SPINESTREAM_CRASH_AT": "after-blob:1",
        "PATH": "/bin",
    }
    kept = {"SPINESTREAM_KAFKA", "SPINESTREAM_KAFKA_PREFIX", "SPINESTREAM_SPLIT_KEY", "SPINESTREAM_CRASH_AT", "PATH"}
    assert set(outside(environ)) == kept


def test_a_work_folder_keeps_its_secrets_to_itself(place: Workdir) -> None:
    assert stat.S_IMODE(place.secrets.stat().st_mode) == 0o700
    assert Workdir.existing(place.root) == place


def test_only_a_work_folder_is_one(tmp_path: Path) -> None:
    for root, why in ((tmp_path, "is no work folder"), (tmp_path / "nowhere", "does not exist")):
        with pytest.raises(UsageError, match=why):
            Workdir.existing(root)
    assert list(tmp_path.iterdir()) == []


def test_a_vocabulary_of_ones_own_goes_with_the_settings_to_roles_and_actors(
    place: Workdir, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = tmp_path / "mine.yaml"
    packaged = resources.files("generation.reading") / "vocabulary.yaml"
    mine.write_text(packaged.read_text("utf-8").replace("name: orthopaedics", "name: mine"), "utf-8")
    monkeypatch.setenv("SPINESTREAM_READING__VOCABULARY", str(mine))
    given = load(place)
    save(place, given)
    monkeypatch.delenv("SPINESTREAM_READING__VOCABULARY")
    mine.unlink()
    assert load(place) == given
    worker = worker_settings(place, load(place), Addresses(), given.pools["engine"])
    assert type(worker).model_validate_json(worker.model_dump_json()).reading.chosen.label == "mine@1"


def test_a_vocabulary_that_cannot_be_used_is_told_with_where_it_was_set(
    place: Workdir, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text("name: mine")
    monkeypatch.setenv("SPINESTREAM_READING__VOCABULARY", str(broken))
    with pytest.raises(SettingsWrong) as raised:
        load(place)
    told = str(raised.value)
    assert "reading.vocabulary (in the environment, SPINESTREAM_READING__VOCABULARY)" in told
    assert f"{broken}: version: Field required; correct it as" in told
