"""Reports: who is named goes, what is seen stays, dates move like those of the images."""

from __future__ import annotations

import time
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom import Dataset
from pydicom.dataelem import RawDataElement
from pydicom.tag import Tag

from generation.levels import find_levels
from streams.intake.deid import (
    DEFAULT_DEID,
    DateMode,
    DeidSettings,
    Identities,
    IdentityKind,
    ObjectRefused,
    Pseudonyms,
    RefusalReason,
    deidentify_report,
)
from streams.intake.deid.text import days, report
from streams.intake.deid.variants import date_forms

PSEUDONYMS = Pseudonyms(b"k" * 32)
PATIENT = "MR-4711"
OFFSET = PSEUDONYMS.offset_days(PATIENT)


def header() -> Identities:
    dataset = Dataset()
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.PatientName = "Vandermeer^Long Ann=王^小明"
    dataset.PatientID = PATIENT
    dataset.AccessionNumber = "20931"
    dataset.ReferringPhysicianName = "Ng^Wei"
    dataset.InstitutionName = "Aldwyn Spine Campus"
    dataset.PatientTelephoneNumbers = "555 0149"
    identities = Identities()
    identities.add_dataset(dataset)
    return identities


def clean(text: str, identities: Identities | None = None, settings: DeidSettings = DEFAULT_DEID) -> str:
    return deidentify_report(text, header() if identities is None else identities, PSEUDONYMS, PATIENT, settings).text


SEEN = (
    "Disc protrusion at L4/L5 and L5-S1, Pfirrmann grade IV.",
    "T12 compression fracture, Genant 2, with T1-weighted hypointensity and a T2 hyperintense signal.",
    "Sagittal T1-weighted and axial T2 TSE, TR/TE 4000/102, 1.5 T, 256x256, slice 4.0 mm.",
    "C5-C6 stenosis, canal 8.7 mm; strength 4/5; Cobb angle 29 degrees; Hoffmann sign positive.",
    "Schmorl nodes at L1, L2 and L3. Modic type 2. Meyerding grade I at L4 on L5. Baastrup phenomenon.",
    "Bulge seen with Modic type 1 change, seen with Schmorl nodes. Performed with STIR.",
    "MR Lumbar Spine, MR CERVICAL SPINE.",
    "Compared with the 2019 Lumbar CT. Re: MRI Lumbar Spine. Prior RT. Reviewed with MRI of 2019. Next 10 levels.",
    "The 45-year-old patient has back pain since 2019.",
    "腰4/5椎间盘突出，腰5/骶1椎管狭窄，颈5/6椎间隙变窄，胸12椎体压缩骨折。",
    "患者高龄，向左侧弯，T2WI高信号，椎管前后径为8.7 mm，全身情况平稳。",
)


@pytest.mark.parametrize("text", SEEN)
def test_what_is_seen_stays_as_it_is(text) -> None:
    assert clean(text) == text


NAMED = (
    ("Mr. Vandermeer was seen.", "Vandermeer"),
    ("VANDERMEER, ANN came back.", "ANN"),
    ("Seen with vandermeer ann.", "vandermeer"),
    ("Ann Vandermeer-Smith.", "Vandermeer"),
    ("See MR-4711 and mr4711.", "4711"),
    ("Under 20931 at Aldwyn  Spine\nCampus.", "20931"),
    ("Under 20931 at Aldwyn  Spine\nCampus.", "Campus"),
    ("Ｖａｎｄｅｒｍｅｅｒ in full width.", "Ｖａｎｄｅｒｍｅｅｒ"),
    ("王小明之片。", "小明"),
    ("Vander\u200bmeer with a blank of no width.", "meer"),
    ("Dr.\u00a0José García-Núñez agrees.", "Garc"),
    ("住院号：ＺＹ２８５３９１２１。", "２８５３９"),
    ("Findings.\rPatient: Jo Doe\rEnd. [x]", "Jo"),
    ("L4/L5 of MR-4711.", "MR-4711"),
    ("Discussed with Dr. Humphrey Ravenscroft by telephone.", "Ravenscroft"),
    ("Dictated by: Ophelia Drummond, MD", "Drummond"),
    ("Wife Clementine is informed.", "Clementine"),
    ("Yours sincerely,\nDashiell Zimmerman", "Zimmerman"),
    ("MRN: A-123 noted.", "A-123"),
    ("Compare case no. 88-123.", "88-123"),
    ("Number 1234567 on file.", "1234567"),
    ("SSN 123-45-6789.", "6789"),
    ("Call +44 20 7946 0958 or (555) 123-4567 or 555-123-4567 x12.", "7946"),
    ("Mail jo.doe@clinic.example or www.clinic.example/x.", "clinic"),
    ("Lives at 12 Oak Street, Apt. 4, Springfield, IL 62704.", "62704"),
    ("From Mercy West Hospital.", "Mercy"),
    ("A 93-year-old.", "93"),
    ("年龄：91岁。", "91"),
    ("审核医师：刘芳", "刘芳"),
    ("患者李雷，男。", "李雷"),
    ("欧阳子墨医师申请，于今日行CT。", "子墨"),
    ("住院号ZY28539121。", "ZY28539121"),
    ("身份证 11010119700203123X。", "110101"),
    ("手机13812345678。", "138"),
    ("住址：云栖市望海堤街94号", "望海"),
    ("患者于北京协和医院就诊。", "协和"),
)


@pytest.mark.parametrize(("text", "gone"), NAMED)
def test_who_and_where_goes(text, gone) -> None:
    result = clean(text)
    assert gone not in result
    assert "[" in result or "90+" in result or not result


@pytest.mark.parametrize("line", ["Patient: female with back pain", "Patient: Female, 45", "Name: MRI lumbar spine"])
def test_a_head_line_that_names_nobody_masks_no_word_of_the_report(line) -> None:
    text = "Female pelvis. Back pain with lumbar spine stenosis at L4/L5 on MRI."
    assert clean(f"{line}\n{text}") == text


def test_a_chinese_head_line_without_blanks_gives_the_name() -> None:
    assert "丽华" not in clean("姓名：陈丽华性别：女\n陈丽华腰4/5椎间盘突出。")


def test_a_long_text_takes_no_long_time() -> None:
    began = time.process_time()
    clean("a" * 50_000 + " 王" * 2_000 + " 12" * 5_000 + "Aa " * 5_000 + "1.2" * 5_000)
    assert time.process_time() - began < 20


@pytest.mark.parametrize(
    ("declared", "encoding"),
    [("GB18030", "gb18030"), ("ISO_IR 192", "utf-8"), ("", "gb18030"), ("ISO_IR 100", "utf-8")],
)
def test_a_chinese_name_is_known_even_where_its_encoding_is_not_declared(declared, encoding) -> None:
    dataset = Dataset()
    dataset.SpecificCharacterSet = declared
    dataset[0x00100010] = RawDataElement(Tag(0x00100010), "PN", 8, "王^小明".encode(encoding), 0, False, True)
    named = Identities()
    named.add_dataset(dataset)
    assert clean("片示王小明腰4/5椎间盘突出。", named) == "片示[NAME]腰4/5椎间盘突出。"


def test_the_level_guard_yields_to_an_exact_identity_only() -> None:
    named = Identities()
    named.add(IdentityKind.ID, "L4L5-77")
    assert clean("L4L5-77 shows a bulge at L4/L5.", named) == "[ID] shows a bulge at L4/L5."


@pytest.mark.parametrize(
    "line", ["Patient: Jo Doe   ID: 77", "DOB: 02/03/1970", "Name of patient .... Jo Doe", "姓名：李雷  住院号：1"]
)
def test_a_head_line_goes_whole(line) -> None:
    assert clean(f"{line}\nFindings: L4/L5 bulge.\n") == "Findings: L4/L5 bulge.\n"


def test_the_name_of_a_head_line_goes_in_the_whole_report() -> None:
    assert "Gallagher" not in clean("Patient: Sebastian Gallagher  MRN: 7\nGallagher has a bulge at L4/L5.")


@pytest.mark.parametrize(
    ("written", "day", "like"),
    [
        ("2024-03-15", date(2024, 3, 15), "{:%Y-%m-%d}"),
        ("20240315", date(2024, 3, 15), "{:%Y%m%d}"),
        ("15.03.2024", date(2024, 3, 15), "{:%d.%m.%Y}"),
        ("03/15/2024", date(2024, 3, 15), "{:%m/%d/%Y}"),
        ("15/03/2024", date(2024, 3, 15), "{:%d/%m/%Y}"),
        ("03/04/24", date(2024, 3, 4), "{:%m/%d/%y}"),
        ("March 05, 2024", date(2024, 3, 5), "{:%B} {:%d}, {:%Y}"),
        ("05 MAR 2024", date(2024, 3, 5), "{:%d} {:%b} {:%Y}"),
        ("05-Mar-2024", date(2024, 3, 5), "{:%d-%b-%Y}"),
        ("2024年03月05日", date(2024, 3, 5), "{:%Y年%m月%d日}"),
    ],
)
def test_a_date_moves_and_keeps_its_form(written, day, like) -> None:
    moved = day - timedelta(days=OFFSET)
    expected = like.format(moved, moved, moved)
    expected = expected.upper() if written.isupper() else expected
    assert clean(f"Seen on {written} again.") == f"Seen on {expected} again."


@pytest.mark.parametrize("written", ["March 5", "5th of March", "3月5日", "二〇二四年三月五日"])
def test_a_day_without_a_year_is_masked(written) -> None:
    assert clean(f"Seen {written}, again.") == "Seen [DATE], again."


@given(st.dates(date(1925, 1, 1), date(2068, 12, 31)), st.integers(0, 200))
def test_every_spelling_of_a_date_moves(day: date, choice: int) -> None:
    spellings = sorted(form for form in date_forms(day) if not form.isdigit() or form.startswith(str(day.year)))
    written = spellings[choice % len(spellings)]
    (claim,) = list(_first(written))
    assert claim.new != written
    assert (claim.start, claim.end) == (0, len(written))


def _first(written: str):
    taken = report.Claims()
    taken.add(days.date_claims(written, OFFSET, DEFAULT_DEID))
    return taken.accepted


@given(st.dates(date(1950, 1, 1), date(2068, 12, 31)), st.integers(1, 4000))
def test_intervals_in_a_report_are_kept(first: date, apart: int) -> None:
    second = first + timedelta(days=apart)
    if second.year > 2099:
        return
    words = clean(f"{first:%Y-%m-%d} {second:%Y-%m-%d}", Identities()).split()
    assert date.fromisoformat(words[1]) - date.fromisoformat(words[0]) == timedelta(days=apart)


def test_years_only_where_the_site_wants_it() -> None:
    settings = DeidSettings(mode=DateMode.YEAR_ONLY)
    assert clean("On March 5, 2024 and 2023-01-02.", settings=settings) == "On 2024 and 2023."


NAMES = st.lists(
    st.sampled_from(["Quimby", "Zoltan", "Ravenscroft", "Tiberius", "Pemberton"]), min_size=2, max_size=3, unique=True
)
FINDINGS = st.lists(st.sampled_from(SEEN[:5]), max_size=3)
JOINS = st.sampled_from([" ", ", ", "^", "-", "_"])


@given(NAMES, FINDINGS, JOINS, st.sampled_from([str.upper, str.lower, str.title]))
def test_a_name_of_the_header_goes_wherever_and_levels_stay(names, findings, join, case) -> None:
    named = Identities()
    named.add(IdentityKind.NAME, "^".join(names))
    text = " ".join([*findings, case(join.join(names)), *findings, case(names[0])])
    result = clean(text, named)
    assert not any(name.lower() in result.lower() for name in names)
    assert [m.levels for m in find_levels(result)] == [m.levels for m in find_levels(text)]


def test_a_rule_taken_away_is_found_by_the_search(monkeypatch) -> None:
    monkeypatch.setattr(report, "identity_claims", lambda text, known: iter(()))
    with pytest.raises(ObjectRefused) as refused:
        clean("Then vandermeer returned; nothing precedes the name.")
    assert refused.value.reason is RefusalReason.RESIDUAL
    assert "ander" not in str(refused.value)


def test_what_was_replaced_is_counted() -> None:
    result = deidentify_report("Mr. Vandermeer on 2024-03-15.", header(), PSEUDONYMS, PATIENT, DEFAULT_DEID)
    assert result.replaced == {"name": 1, "date": 1}
