"""Pseudonyms are keyed, stable across processes, and of the form that their elements allow."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.intake.deid import Pseudonyms

ONE, OTHER = Pseudonyms(b"1" * 32), Pseudonyms(b"2" * 32)
SHOW = (
    "from streams.intake.deid import Pseudonyms; p = Pseudonyms(b'1' * 32); "
    "print(p.epoch, p.uid('1.2.3'), p.patient('A'), p.accession('B'), p.offset_days('A'))"
)


def test_another_process_gives_the_same() -> None:
    shown = subprocess.run([sys.executable, "-c", SHOW], capture_output=True, text=True, check=True).stdout.split()
    assert shown == [ONE.epoch, ONE.uid("1.2.3"), ONE.patient("A"), ONE.accession("B"), str(ONE.offset_days("A"))]


@given(st.text(min_size=1).filter(lambda text: text.strip(" \0")))
def test_forms(value: str) -> None:
    assert re.fullmatch(r"2\.25\.(0|[1-9]\d{0,38})", ONE.uid(value))
    assert len(ONE.patient(value)) <= 64
    assert len(ONE.accession(value)) <= 16
    assert 1 <= ONE.offset_days(value) <= 3650


@given(st.text(min_size=1).filter(lambda text: text.strip(" \0")), st.text(min_size=1).filter(str.strip))
def test_keys_values_and_domains_are_told_apart(value: str, other: str) -> None:
    assert ONE.uid(value) != OTHER.uid(value)
    assert ONE.patient(value) != OTHER.patient(value)
    assert ONE.patient(value)[1:16] != ONE.accession(value)[1:]
    assert (ONE.uid(value) == ONE.uid(other)) == (value.strip(" \0") == other.strip(" \0"))


@pytest.mark.parametrize("padded", ["A ", " A", "A\0", "A"])
def test_padding_makes_no_other_patient(padded) -> None:
    assert ONE.patient(padded) == ONE.patient("A")
    assert ONE.offset_days(padded) == ONE.offset_days("A")


def test_registered_uids_stay_and_invented_ones_under_their_root_do_not() -> None:
    assert ONE.uid("1.2.840.10008.5.1.4.1.1.4") == "1.2.840.10008.5.1.4.1.1.4"
    assert ONE.uid("1.2.840.10008.20931.4711").startswith("2.25.")
    assert (ONE.uid(""), ONE.accession("")) == ("", "")


def test_a_short_key_is_refused_and_a_key_is_never_shown() -> None:
    with pytest.raises(ValueError, match="at least 16"):
        Pseudonyms(b"short")
    assert "1111" not in repr(ONE)
    assert ONE.epoch != OTHER.epoch
