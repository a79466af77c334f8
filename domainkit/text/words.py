"""Tells the words of a text from its figures and from the coded names that end in figures."""

from __future__ import annotations

import re

from domainkit.text.analysis import fold, terms

# In folded text: "IL-6", "HIV-1", "H5N1", "B12", "COVID-19".
CODE = re.compile(r"(?<![a-z0-9])([a-z]{1,10})-?(\d{1,5}[a-z]{0,3}\d{0,3})(?![a-z0-9])")


def words(text: str) -> frozenset[str]:
    """Return the terms of ``text`` that are words: neither figures nor coded names."""
    return frozenset(t for t in terms(CODE.sub(" ", fold(text))) if not t[0].isdigit())


def codes(text: str) -> frozenset[tuple[str, str]]:
    """Return the coded names of ``text`` as (letters, figures): "IL-6" and "IL6" are il and 6."""
    return frozenset((match[1], match[2]) for match in CODE.finditer(fold(text)))
