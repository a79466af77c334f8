"""Front matter and text to typed fields: title, language, validity, jurisdiction, authority."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

from domainkit.errors import IngestionError
from domainkit.packs.schemas.profile import Profile
from domainkit.text import detect
from domainkit.types import Document, Validity

_DATE = re.compile(r"^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?$")
_LANGUAGES = {"zh": "zh", "cn": "zh", "en": "en"}


def describe(document: Document, profile: Profile) -> Document:
    """Return ``document`` with the fields its front matter and its text give.

    What no field claims stays in ``meta``.

    Raises:
        IngestionError: when a date that decides validity cannot be read.
    """
    meta = {k: v for k, v in document.meta.items() if v and k != "profile"}
    given = {field: _take(meta, keys) for field, keys in profile.fields.items()}
    for rule in profile.extract:
        match = rule.pattern.search(document.text)
        if match and rule.field in given:
            given[rule.field] = given[rule.field] or _matched(match)
        elif match:
            meta.setdefault(rule.field, _matched(match))
    return replace(
        document,
        profile=profile.name,
        title=given.get("title") or document.title,
        language=_language(given.get("language"), document.text),
        validity=Validity(
            _date("effective_from", given.get("effective_from")),
            _date("effective_to", given.get("effective_to")),
            given.get("superseded_by") or None,
        ),
        jurisdiction=given.get("jurisdiction") or document.jurisdiction,
        authority=given.get("authority") or document.authority,
        meta=meta,
    )


def _take(meta: dict[str, str], keys: tuple[str, ...]) -> str:
    """Return the first value given under any of ``keys``; take them all out of ``meta``."""
    values = [meta.pop(key, "") for key in keys]
    return next((value for value in values if value), "")


def _matched(match: re.Match[str]) -> str:
    groups = match.groupdict()
    if "value" in groups:
        return (groups["value"] or "").strip()
    return f"{groups['year']}-{int(groups['month']):02}-{int(groups['day']):02}"


def _language(given: str | None, text: str) -> str:
    return _LANGUAGES.get((given or "").lower()[:2]) or detect(text)


def _date(field: str, value: str | None) -> date | None:
    if not value:
        return None
    match = _DATE.match(value.strip())
    try:
        if match:
            return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        pass  # the 30th of February: reported like any other value that is no date
    raise IngestionError(f"its {field} '{value}' is not a date", hint="write it as 2024-03-01")
