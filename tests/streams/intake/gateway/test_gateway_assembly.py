"""From the spool to a registered case: once, whatever happens in between, and with nothing that identifies anybody."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from generation.cases import CASE_MEDIA_TYPE, Modality, Plane
from generation.items import Kind
from generation.phantom import make_study
from generation.phantom.truth import StudyKind
from generation.sources import Language
from streams.errors import DependencyDown
from streams.intake.deid import Pseudonyms
from streams.intake.gateway import case_of
from streams.intake.gateway.assembly import Assembler
from streams.intake.gateway.cleaning import Cleaner
from streams.intake.key_slices import Picture, PictureFailed
from streams.payloads import Wanted
from streams.splits import split_of
from tests.streams.intake.gateway.dicom_samples import (
    CR,
    IDENTIFIERS,
    REPORT,
    ROOT,
    SECONDARY,
    Sample,
    all_bytes,
    implicit,
)
from tests.streams.intake.gateway.gateway_site import KEY, SPLIT, WANTED, AtSite, Site, run_at_site

STUDY = Pseudonyms(KEY).uid(f"{ROOT}.7")


@pytest.fixture
def at(mongodb_url: str, mongo_db: str, tmp_path: Path) -> AtSite:
    return lambda check: run_at_site(check, mongodb_url, mongo_db, tmp_path)


THREE = tuple(Sample(number=number) for number in (3, 1, 2))


def test_a_study_becomes_a_case_and_the_spool_is_empty(at: AtSite) -> None:
    async def check(site: Site) -> None:
        made = await site.take(*THREE, Sample(series="2", sop_class=CR, modality="CR"), report=REPORT)
        assert (made.new, made.instances, made.known, made.quarantined) == (True, 4, 0, 0)
        case = await site.case(made.version)
        assert (case.study, case.phantom, case.language) == (STUDY, False, "en")
        assert [(one.modality, one.plane, len(one.instances)) for one in case.series] == [
            (Modality.MR, Plane.SAGITTAL, 3),
            (Modality.CR, Plane.LATERAL, 1),
        ]
        names = [Pseudonyms(KEY).uid(f"{ROOT}.7.1.{number}") for number in (1, 2, 3)]
        assert [one.uid for one in case.series[0].instances] == names, "in the order of their place in space"
        assert [(one.instance, one.rule) for one in case.slices] == [
            (names[1], "middle-sagittal"),
            (case.series[1].instances[0].uid, "projection"),
        ]
        assert all(site.register.blobs.has(one.image) for one in case.slices)
        assert "L4/L5 compresses the left L5 nerve root" in case.report
        [source] = await site.sources()
        told = {name: source[name] for name in ("id", "_id", "title", "media_type", "licence", "unsent", "split")}
        assert told == {
            "id": case.source_id, "_id": made.version, "title": "CR and MR lumbar study", "licence": None,
            "media_type": CASE_MEDIA_TYPE, "unsent": True, "split": split_of(f"patient|{case.patient}", SPLIT).value,
        }  # fmt: skip
        assert site.spool.studies() == []
        assert {one.uid for one in await site.register.instances.of_study(STUDY)} >= set(names)

    at(check)


def test_nothing_of_a_patient_gets_past_the_spool(at: AtSite, caplog: pytest.LogCaptureFixture) -> None:
    async def check(site: Site) -> None:
        with caplog.at_level(logging.DEBUG):
            await site.take(*THREE, replace(THREE[0], value=5), Sample(sop_class=SECONDARY, number=9), report=REPORT)
            site.spool.accept(b"Mustermann, not DICOM")
            await site.assembler().strays()
        assert await site.reasons() == ["no-study", "other-bytes", "secondary-capture"]
        outside = (await site.everything()).encode() + all_bytes(site.blobs) + caplog.text.encode()
        assert "is in quarantine" in caplog.text
        assert not [one for one in IDENTIFIERS if one.encode() in outside]
        assert b"Mustermann" in all_bytes(site.spool.quarantine), "the original is kept"

    at(check)


def test_the_same_study_again_gives_nothing_new(at: AtSite) -> None:
    async def check(site: Site) -> None:
        first = await site.take(*THREE, report=REPORT)
        again = await site.take(*reversed(THREE), report=REPORT)
        assert again == replace(first, new=False, instances=0, known=3)
        assert len(await site.sources()) == 1
        assert await site.register.instances.count() == 3

    at(check)


def test_the_same_instance_in_another_encoding_is_known_and_with_other_pixels_is_not(at: AtSite) -> None:
    async def check(site: Site) -> None:
        await site.take(*THREE)
        for value in (0, 7):
            site.spool.accept(implicit(Sample(value=value)))
        [study] = site.spool.studies()
        again = await site.assembler().assemble(study)
        assert (again.new, again.known, again.quarantined, await site.reasons()) == (False, 1, 1, ["other-bytes"])

    at(check)


def test_a_late_instance_makes_a_new_version_that_keeps_the_report(at: AtSite) -> None:
    async def check(site: Site) -> None:
        first = await site.take(*THREE, report=REPORT)
        late = await site.take(Sample(number=4))
        assert (late.new, late.instances, late.version != first.version) == (True, 1, True)
        case = await site.case(late.version)
        assert len(case.series[0].instances) == 4
        assert case.report == (await site.case(first.version)).report != ""
        superseded = {one["_id"]: one.get("superseded_by") for one in await site.sources()}
        assert superseded == {first.version: late.version, late.version: None}

    at(check)


def test_a_late_report_comes_with_an_instance_or_not_at_all(at: AtSite) -> None:
    async def check(site: Site) -> None:
        first = await site.take(*THREE)
        assert (await site.case(first.version)).report == ""
        study = site.spool.names.study(f"{ROOT}.7")
        site.spool.accept_report(study, REPORT)
        alone = await site.assembler().assemble(study)
        assert (alone.version, alone.quarantined, await site.reasons()) == (None, 1, ["no-headers"])
        beside = await site.take(THREE[0], report=REPORT)
        assert (beside.new, beside.known) == (True, 1)
        assert "L4/L5" in (await site.case(beside.version)).report

    at(check)


STEPS = {
    "blob": ("register.blobs", "put"),
    "instance": ("register.instances", "take"),
    "picture": ("register.blobs", "put_now"),
    "source": ("register.sources", "register"),
    "noted": ("register.instances", "in_case"),
    "emptied": ("spool", "remove"),
}


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("done", [False, True], ids=["before", "after"])
def test_cut_off_anywhere_it_is_done_again_and_gives_one_case(
    at: AtSite, monkeypatch: pytest.MonkeyPatch, step: str, done: bool
) -> None:
    async def check(site: Site) -> None:
        where, name = STEPS[step]
        owner: Any = site
        for part in where.split("."):
            owner = getattr(owner, part)
        real = getattr(owner, name)

        def cut(*args: Any) -> None:
            if done:
                real(*args)
            raise DependencyDown("mongodb", "killed")

        async def cut_later(*args: Any) -> None:
            if done:
                await real(*args)
            raise DependencyDown("mongodb", "killed")

        monkeypatch.setattr(owner, name, cut_later if asyncio.iscoroutinefunction(real) else cut)
        with pytest.raises(DependencyDown):
            await site.take(*THREE, replace(THREE[0], value=5), report=REPORT)
        monkeypatch.undo()
        for study in site.spool.studies():
            await site.assembler().assemble(study)
        [source] = await site.sources()
        case = await site.case(source["_id"])
        assert ([len(one.instances) for one in case.series], "L4/L5" in case.report) == ([3], True)
        assert (await site.register.instances.count(), await site.reasons()) == (3, ["other-bytes"])
        assert site.spool.studies() == []

    at(check)


def test_two_processes_that_assemble_at_once_make_one_version(at: AtSite) -> None:
    async def check(site: Site) -> None:
        studies = {site.spool.accept(one.content()).study for one in THREE}
        made = await asyncio.gather(*(site.assembler().assemble(study) for study in [*studies] * 3))
        assert sorted(one.instances for one in made) == [0, 0, 3]
        assert len(await site.sources()) == 1

    at(check)


def test_another_patients_instance_in_a_study_is_set_aside(at: AtSite) -> None:
    async def check(site: Site) -> None:
        made = await site.take(THREE[0], Sample(number=2, patient="PID-000001"))
        assert (made.instances, made.quarantined, await site.reasons()) == (1, 1, ["other-patient"])
        again = await site.take(Sample(number=3, patient="PID-000001"))
        assert (again.version, again.quarantined) == (None, 1), "the first patient's by the store, too"

    at(check)


def test_of_a_withdrawn_case_nothing_comes_in_again(at: AtSite) -> None:
    async def check(site: Site) -> None:
        first = await site.take(*THREE)
        case = await site.case(first.version)
        await site.register.sources.withdraw(case.source_id, "Dr Li", "consent", None)
        again = await site.take(Sample(number=4), report=REPORT)
        assert (again.version, again.quarantined) == (None, 2)
        assert await site.reasons() == ["withdrawn", "withdrawn"]
        assert await site.register.instances.count() == 3

    at(check)


def test_a_released_object_is_tried_again(at: AtSite, monkeypatch: pytest.MonkeyPatch) -> None:
    async def check(site: Site) -> None:
        await site.take(Sample(sop_class=SECONDARY))
        [one] = await site.register.quarantine.listed()
        assert (one.sop_class, one.state) == ("Secondary Capture Image Storage", "held")
        study = await site.assembler().release(one.id)
        assert await site.register.quarantine.listed() == []
        assert await site.register.quarantine.listed(everything=True) != []
        assert (await site.assembler().assemble(study)).quarantined == 1
        assert [again.id for again in await site.register.quarantine.listed()] == [one.id]

    at(check)


def test_a_picture_that_cannot_be_rendered_costs_the_picture_alone(at: AtSite, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(content: bytes) -> Picture:
        raise PictureFailed("it cannot be decoded (ValueError)")

    async def check(site: Site) -> None:
        monkeypatch.setattr(case_of, "render", fails)
        made = await site.take(*THREE, report=REPORT)
        case = await site.case(made.version)
        assert (case.slices, len(case.series[0].instances), "L4/L5" in case.report) == ((), 3, True)

    at(check)


def test_more_kinds_may_be_asked_of_a_known_case(at: AtSite) -> None:
    async def check(site: Site) -> None:
        await site.take(*THREE)
        [study] = {site.spool.accept(one.content()).study for one in THREE}
        wanted = (*WANTED, Wanted(kind=Kind.OPEN_QA))
        made = await Assembler(site.spool, Cleaner(Pseudonyms(KEY)), site.register, wanted).assemble(study)
        assert (made.new, made.more) == (False, True)

    at(check)


@pytest.mark.parametrize(("kind", "language"), [(StudyKind.LUMBAR_XRAY, "en"), (StudyKind.CERVICAL_XRAY, "zh")])
def test_a_phantom_comes_in_as_one_and_without_its_ledger(
    at: AtSite, kind: StudyKind, language: str, caplog: pytest.LogCaptureFixture
) -> None:
    study = make_study(5, kind, Language(language))

    async def check(site: Site) -> None:
        [folder] = {site.spool.accept(content).study for _, content in study.instances}
        site.spool.accept_report(folder, study.report)
        with caplog.at_level(logging.DEBUG):
            made = await site.assembler().assemble(folder)
        case = await site.case(made.version)
        assert (case.phantom, case.language, made.quarantined) == (True, language, 0)
        assert [one.plane for one in case.slices] == [Plane.LATERAL, Plane.FRONTAL]
        assert case.report
        outside = (await site.everything()).encode() + all_bytes(site.blobs) + caplog.text.encode()
        assert not [one for one in study.phi if len(one) > 3 and one.encode() in outside]

    at(check)
