"""Front matter, file names and text to typed fields: title, validity, jurisdiction, authority.

What is said beside the document counts most, then its front matter, its name, its text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import PurePosixPath

from domainkit.errors import IngestionError
from domainkit.ingestion import dates
from domainkit.packs.schemas.profile import Extract, Profile
from domainkit.packs.schemas.sidecar import Sidecar
from domainkit.text import detect
from domainkit.types import Document, Validity

_LANGUAGES = {"zh": "zh", "cn": "zh", "en": "en"}
_DATES = ("effective_from", "effective_to")
# Of the fields, these are kept in ``meta``.
_KEPT = ("url", "licence")


def describe(
    document: Document, profile: Profile, given: Sidecar | None = None, *, file_name: str = ""
) -> Document:
    """Return ``document`` with the fields that are known of it.

    What no field claims stays in ``meta``.

    Args:
        document: what a reader made.
        profile: says which front matter and which words of the text give which field.
        given: what is said of the document beside it.
        file_name: of its file, which may hold a # of its own; else what stands before one.

    Raises:
        IngestionError: when a date of the front matter that decides validity cannot be read.
    """
    named = file_name or document.source.partition("#")[0]
    meta = {k: v for k, v in document.meta.items() if v and k != "profile"}
    fields: dict[str, str] = {f: _take(meta, keys) for f, keys in profile.fields.items()}
    fields |= {field: _iso(field, value) for field in _DATES if (value := fields.get(field))}
    fields |= {
        k: v
        for k, v in _said(given, is_record=document.source.startswith(f"{named}#")).items()
        if v
    }
    for field, day in dates.in_name(PurePosixPath(named).stem):
        fields[field] = fields.get(field) or day.isoformat()
    _extracted(profile, document.text, fields, meta)
    meta |= {field: value for field in _KEPT if (value := fields.get(field))}
    return replace(
        document,
        profile=profile.name,
        title=fields.get("title") or document.title,
        language=_language(fields.get("language"), document.text),
        validity=_validity(fields),
        jurisdiction=fields.get("jurisdiction") or document.jurisdiction,
        authority=fields.get("authority") or document.authority,
        meta=meta,
    )


def _said(given: Sidecar | None, *, is_record: bool) -> dict[str, str]:
    """Return what is said beside a document; a title only where the file holds one document."""
    if given is None:
        return {}
    said = given.model_dump(mode="json", exclude_none=True, exclude={"profile"})
    if is_record:
        said.pop("title", None)
    return said


def _take(meta: dict[str, str], keys: tuple[str, ...]) -> str:
    """Return the first value given under any of ``keys``; take them all out of ``meta``."""
    values = [meta.pop(key, "") for key in keys]
    return next((value for value in values if value), "")


def _extracted(profile: Profile, text: str, fields: dict[str, str], meta: dict[str, str]) -> None:
    """Add what the text says to ``fields`` and ``meta``, where nothing else has said it."""
    for rule in profile.extract:
        known = fields if rule.field in fields else meta
        if known.get(rule.field):
            continue
        match = rule.pattern.search(text)
        value = _matched(rule, match) if match else ""
        if value:
            known[rule.field] = value


def _matched(rule: Extract, match: re.Match[str]) -> str:
    """Return what a rule gives; empty for a day that is none."""
    if rule.given is not None:
        return rule.given
    groups = match.groupdict()
    if rule.field not in _DATES and "value" in groups:
        return " ".join((groups["value"] or "").split())
    day = dates.parse(groups["value"]) if "value" in groups else dates.day_of(match)
    if day is None:
        return ""
    return (dates.after(day) if rule.last else day).isoformat()


def _validity(fields: Mapping[str, str]) -> Validity:
    begins, ends = (_day(fields.get(field)) for field in _DATES)
    return Validity(begins, ends, fields.get("superseded_by") or None)


def _day(value: str | None) -> date | None:
    return date.fromisoformat(value) if value else None


def _language(given: str | None, text: str) -> str:
    return _LANGUAGES.get((given or "").lower()[:2]) or detect(text)


def _iso(field: str, value: str) -> str:
    day = dates.parse(value)
    if day is None:
        raise IngestionError(f"its {field} '{value}' is not a date", hint="write it as 2024-03-01")
    return day.isoformat()
