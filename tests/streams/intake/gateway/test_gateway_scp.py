"""C-STORE as a sender sees it: success means durable, a full disk is refused, and nothing it sends is logged."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian
from pynetdicom import AE
from pynetdicom.association import Association
from pynetdicom.sop_class import Verification  # type: ignore[attr-defined]

from streams.errors import DependencyDown
from streams.intake.gateway.assembly import Assembled
from streams.intake.gateway.gateway import Gateway
from streams.intake.gateway.names import SpoolNames
from streams.intake.gateway.scp import FAILED, OUT_OF_RESOURCES, STORED, StoreProvider
from streams.intake.gateway.settings import GatewaySettings
from streams.intake.gateway.spool import Spool
from tests.streams.intake.gateway.dicom_samples import CR, IDENTIFIERS, MR, SECONDARY, Sample

Connect = Callable[..., Association]


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "spool", SpoolNames(b"a key of sixteen bytes or more"))


@pytest.fixture
def connect(spool: Spool) -> Iterator[Connect]:
    """Start a provider and return associations with it."""
    made: list[Any] = []

    def to(aet: str = "SENDER", **settings: Any) -> Association:
        provider = StoreProvider(spool, GatewaySettings(aet="GATE", **settings))
        port = provider.start(0)
        entity = AE(ae_title=aet)
        for context in (Verification, MR, CR, SECONDARY):
            entity.add_requested_context(context, ExplicitVRLittleEndian)
        association = entity.associate("127.0.0.1", port, ae_title="GATE")
        made.extend((association, provider))
        return association

    yield to
    for one in made:
        one.release() if isinstance(one, Association) else one.stop()


def _send(association: Association, sample: Sample | Dataset) -> int:
    dataset = sample.dataset() if isinstance(sample, Sample) else sample
    return int(association.send_c_store(dataset).Status)


def test_an_instance_is_in_the_spool_when_it_is_acknowledged(connect: Connect, spool: Spool) -> None:
    association = connect()
    assert association.send_c_echo().Status == 0
    for number in (1, 2, 2):
        assert _send(association, Sample(number=number)) == STORED
        [study] = spool.studies()
        waiting = spool.waiting(study)
        assert waiting is not None
        assert (len(waiting.instances), waiting.complete) == (number, False)
    assert _send(association, Sample(sop_class=CR, modality="CR", series="2")) == STORED
    assert spool.accept(Sample(number=1).content()).new is False, "the same instance, whichever way it came"


def test_every_storage_class_is_kept_whatever_becomes_of_it(connect: Connect, spool: Spool) -> None:
    assert _send(connect(), Sample(sop_class=SECONDARY, modality="OT")) == STORED
    assert len(spool.studies()) == 1


def test_a_full_disk_and_a_fault_are_told_apart_and_keep_nothing(
    connect: Connect, spool: Spool, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    association = connect()
    monkeypatch.setattr(spool, "room", lambda: False)
    assert _send(association, Sample()) == OUT_OF_RESOURCES

    def fault(content: bytes) -> None:
        raise ValueError("Mustermann^Erika is no name")

    monkeypatch.setattr(spool, "accept", fault)
    with caplog.at_level(logging.DEBUG):
        assert _send(association, Sample()) == FAILED
    monkeypatch.undo()
    assert spool.studies() == []
    assert _send(association, Sample()) == STORED, "the association goes on"


def test_what_is_sent_is_not_logged(
    connect: Connect, caplog: pytest.LogCaptureFixture, recwarn: pytest.WarningsRecorder
) -> None:
    with caplog.at_level(logging.DEBUG):
        association = connect()
        dataset = Sample().dataset()
        dataset.StudyDate = "Mustermann"
        _send(association, dataset)
    told = caplog.text + "".join(str(one.message) for one in recwarn if "pydicom" not in one.filename)
    assert not [one for one in IDENTIFIERS if one in told]


def test_only_named_callers_may_send(connect: Connect) -> None:
    assert connect(callers=("MODALITY",)).is_rejected
    assert connect("MODALITY", callers=("MODALITY",)).is_established


def test_two_associations_send_at_once(connect: Connect, spool: Spool) -> None:
    first = connect()
    second = AE(ae_title="OTHER")
    second.add_requested_context(MR, ExplicitVRLittleEndian)
    other = second.associate("127.0.0.1", first.acceptor.port, ae_title="GATE")
    statuses: list[int] = []

    def send(association: Association) -> None:
        statuses.extend(_send(association, Sample(number=number)) for number in range(1, 21))

    threads = [threading.Thread(target=send, args=(one,)) for one in (first, other)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    other.release()
    assert statuses == [STORED] * 40
    waiting = spool.waiting(spool.studies()[0])
    assert waiting is not None
    assert len(waiting.instances) == 20


class _Assembler:
    """Notes what it is given; fails as it is told."""

    def __init__(self, spool: Spool) -> None:
        self.spool = spool
        self.faults: list[Exception] = []
        self.studies: list[str] = []

    async def strays(self) -> int:
        return 0

    async def assemble(self, study: str) -> Assembled:
        if self.faults:
            raise self.faults.pop()
        self.studies.append(study)
        waiting = self.spool.waiting(study)
        assert waiting is not None
        self.spool.remove(waiting)
        return Assembled(study, version="v")


def _gateway(spool: Spool, **settings: Any) -> tuple[Gateway, _Assembler]:
    assembler = _Assembler(spool)
    return Gateway(assembler, GatewaySettings(**settings)), assembler  # type: ignore[arg-type]


def test_a_study_is_whole_after_its_quiet_period_or_when_somebody_says_so(
    spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway, assembler = _gateway(spool, quiet_seconds=60)
    quiet = spool.accept(Sample().content()).study
    whole = spool.accept(Sample(study="8").content()).study
    spool.complete(whole)
    asyncio.run(gateway.assemble_whole())
    assert assembler.studies == [whole]
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 61)
    asyncio.run(gateway.assemble_whole())
    assert assembler.studies == [whole, quiet]


def test_a_fault_of_one_study_costs_the_others_nothing_and_is_told_without_a_value(
    spool: Spool, caplog: pytest.LogCaptureFixture
) -> None:
    gateway, assembler = _gateway(spool)
    for number in ("7", "8"):
        spool.complete(spool.accept(Sample(study=number).content()).study)
    assembler.faults = [KeyError("Mustermann")]
    assert len(asyncio.run(gateway.assemble_whole())) == 1
    assert len(spool.studies()) == 1
    assert "waits in the spool: KeyError" in caplog.text
    assert "Mustermann" not in caplog.text
    asyncio.run(gateway.assemble_whole())
    assert len(assembler.studies) == 1, "it is not tried at every look"


def test_it_listens_watches_and_assembles_until_it_is_told_to_stop(spool: Spool, tmp_path: Path) -> None:
    (tmp_path / "watch" / "one").mkdir(parents=True)
    (tmp_path / "watch" / "one" / "IM1").write_bytes(Sample().content())
    (tmp_path / "watch" / "one" / ".complete").touch()
    gateway, assembler = _gateway(spool, watch=str(tmp_path / "watch"), quiet_seconds=0.1)
    assembler.faults = [DependencyDown("mongodb", "killed")]
    told: list[int | None] = []
    other = socket.create_server(("127.0.0.1", 0))
    taken = int(other.getsockname()[1])

    async def go() -> None:
        stop = asyncio.Event()
        serving = asyncio.create_task(gateway.serve(stop, [taken, 0], told.append))
        async with asyncio.timeout(20):
            while not told:
                await asyncio.sleep(0.01)
            await asyncio.to_thread(send, told[0])
            while len(assembler.studies) < 2:
                await asyncio.sleep(0.01)
        stop.set()
        await serving

    def send(port: int) -> None:
        entity = AE()
        entity.add_requested_context(MR)
        association = entity.associate("127.0.0.1", port)
        assert _send(association, Sample(study="8")) == STORED
        association.release()

    with other:
        asyncio.run(go())
    assert told[0] != taken
    assert sorted(assembler.studies) == sorted(spool.names.study(f"1.2.826.0.1.3680043.8.498.{n}") for n in (7, 8))
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", told[0]), 1)


def test_without_a_way_in_there_is_no_gateway() -> None:
    assert not GatewaySettings().open
    assert GatewaySettings(dicom_port=0).open
    assert GatewaySettings(watch="in").open
    assert Path(GatewaySettings(watch="in").watch).is_absolute()
