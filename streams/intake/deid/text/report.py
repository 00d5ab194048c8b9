"""De-identifying a report: levels are found first, then what the headers named, then patterns, then the search."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from generation.levels import find_levels
from streams.intake.deid.errors import ObjectRefused, RefusalReason
from streams.intake.deid.identities import Identities
from streams.intake.deid.pseudonyms import Pseudonyms
from streams.intake.deid.search import residual_hits
from streams.intake.deid.settings import DeidSettings
from streams.intake.deid.text.days import date_claims
from streams.intake.deid.text.han import han_names
from streams.intake.deid.text.header import header_claims, header_names
from streams.intake.deid.text.known import identity_claims
from streams.intake.deid.text.numbers import likely_numbers, sure_numbers
from streams.intake.deid.text.people import names
from streams.intake.deid.text.places import addresses, institutions
from streams.intake.deid.text.plain import plain
from streams.intake.deid.text.spans import Claims


@dataclass(frozen=True)
class CleanText:
    """A report's text that may leave the gateway."""

    text: str
    replaced: Mapping[str, int]
    """How many spans of each kind were replaced (`name`, `date`, `id`, `line` …)."""


def deidentify_report(
    text: str, identities: Identities, pseudonyms: Pseudonyms, patient: str, settings: DeidSettings
) -> CleanText:
    """Return a report's text with everything identifying masked, dates moved like those of the images.

    `identities` are the case's (of all its instances, merged), `patient` the original that `offset_days` takes
    (`OriginalKeys.patient`). Raises `ObjectRefused` where the search finds an identity in what came out.
    """
    text = plain(text)
    known = Identities()
    known.merge(identities)
    known.merge(header_names(text))
    claims = Claims()
    claims.add(header_claims(text))
    claims.add(identity_claims(text, known))
    claims.guard((mention.start, mention.end) for mention in find_levels(text))
    claims.add(sure_numbers(text))
    claims.add(date_claims(text, pseudonyms.offset_days(patient), settings))
    claims.add(likely_numbers(text))
    for find in (addresses, institutions, names, han_names):
        claims.add_parts(text, find(text))
    clean, counts = claims.apply(text)
    clean = clean.lstrip("\n")
    if hits := residual_hits(clean, known, settings.mode):
        found = ", ".join(sorted({f"{hit.kind.value} ({hit.form})" for hit in hits}))
        raise ObjectRefused(RefusalReason.RESIDUAL, f"{len(hits)} left in the report: {found}")
    return CleanText(clean, MappingProxyType(dict(counts)))
