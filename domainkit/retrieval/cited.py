"""Finds what a question names: an article of a law, a section of a code.

Words find the law and not its article: the numeral of 劳动合同法第38条 stands in every reference
to it and, written another way, in the article itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from domainkit.packs.references import references
from domainkit.packs.schemas.authorities import Authority
from domainkit.packs.schemas.works import Work
from domainkit.packs.works import Works, alike, key, number_of
from domainkit.retrieval.scope import passes
from domainkit.store import locators
from domainkit.store.documents import Store
from domainkit.text import numerals, terms
from domainkit.text.subject import subject
from domainkit.types import Filter, Reference, Span

# Passages found by words whose documents may be the one that is named: its title is asked for, so
# it is among the first.
_LOOKED = 20
_PARTS = re.compile(r"\d+[A-Za-z]?|\([^)]*\)")
# What asks for the text itself: "What does § 14 say?", 第三十八条规定了什么内容.
_WANTS_THE_TEXT = re.compile(
    r"\b(?:sa(?:y|ys|id)|state[sd]?|provide[sd]?|read[s]?|contents?|text|wording|quote|show|give"
    r"|explain|mean(?:s|ing)?|please)\b|规定|内容|原文|条文|全文|具体|说明|解释|意思|法条|请问|请|列出",
    re.IGNORECASE,
)
_LEADING = re.compile(r"\d+")
_INSERTED = re.compile(r"之[一二三四五六七八九十]+")


@dataclass(frozen=True, slots=True)
class Named:
    """The keys of what a question names; ``alone`` when it only asks what that says."""

    keys: tuple[int, ...] = ()
    alone: bool = False


NOTHING = Named()


class Cited:
    """Finds the passages of a store that a question names by title and number.

    Args:
        store: holds the passages.
        grammars: how references are written; those that resolve to documents count.
        works: whose names need no sign of a title.
    """

    def __init__(
        self, store: Store, grammars: Mapping[str, Authority], works: Mapping[str, Work]
    ) -> None:
        self._store = store
        self._grammars = {n: a for n, a in grammars.items() if a.resolves == "documents"}
        self._names = Works(works).names

    def named(self, text: str, found: Sequence[int], filter: Filter) -> Named:
        """Return what ``text`` names, in its order, and whether it asks for anything else.

        Args:
            text: the question.
            found: what its words and meaning found, best first.
            filter: what may be returned.
        """
        asked = [
            (reference, number)
            for reference in references(text, self._grammars, names=self._names)
            if (number := _number(reference, text))
        ]
        if not asked:
            return NOTHING
        first = self._store.passages(found[:_LOOKED]).values()
        titles = {passage.document_id: passage.title for passage in first}
        keys: dict[int, None] = {}
        for reference, number in asked:
            named = [i for i, title in titles.items() if _is_named(title, reference, text)]
            keys.update(dict.fromkeys(self._within(named, reference, number, filter)))
        spans = [reference.span for reference, _ in asked]
        return Named(tuple(keys), alone=bool(keys) and _asks_only(text, spans, titles.values()))

    def _within(
        self, documents: Sequence[str], asked: Reference, number: tuple[str, ...], filter: Filter
    ) -> Iterator[int]:
        """Yield the keys of the passages of ``documents`` that ``number`` names or lies in."""
        grammar = {asked.authority: self._grammars[asked.authority]}
        located = locators.numbered(self._store, documents, _spellings(number))
        same = [key for key, locator in located.items() if _matches(locator, grammar, number)]
        for entry in self._store.entries_of(same):
            if passes(entry, filter):
                yield entry.key


def _spellings(number: Sequence[str]) -> tuple[str, ...]:
    """Return how the outermost number stands in a locator, in either kind of digits."""
    digits = _LEADING.match(number[0])
    return (digits[0], numerals.write(int(digits[0]))) if digits else (number[0],)


def _asks_only(text: str, spans: Sequence[Span], titles: Iterable[str]) -> bool:
    """Return whether a question says no more than what it names and that it wants to read it."""
    rest, at = "", 0
    for span in spans:
        rest, at = rest + text[at : span.start] + " ", span.end
    rest = _WANTS_THE_TEXT.sub(" ", subject(rest + text[at:]))
    return set(terms(rest)) <= {term for title in titles for term in terms(title)}


def _is_named(title: str, reference: Reference, text: str) -> bool:
    """Return whether a document is the one that a reference, or the words around it, name."""
    if reference.title:
        return alike(title, reference.title)
    return len(key(title)) > 1 and key(title) in key(text)


def _matches(locator: str, grammar: Mapping[str, Authority], asked: tuple[str, ...]) -> bool:
    """Return whether a locator is what is asked for, a part of it or the whole that holds it."""
    here = next((_number(r, locator) for r in references(locator, grammar)), ())
    return bool(here) and here[: len(asked)] == asked[: len(here)]


def _number(reference: Reference, text: str) -> tuple[str, ...]:
    """Return what a reference counts, outermost first: ("6", "(1)", "(b)"), ("38", "2")."""
    written = reference.fields.get("number") or ""
    if not reference.sound or not written:
        return ()
    if not written[0].isascii() or written.isdigit():
        inserted = _INSERTED.match(text, reference.span.end)
        article = f"{number_of(reference)}{inserted[0] if inserted else ''}"
        paragraph = reference.fields.get("paragraph") or ""
        return (article, *([str(numerals.exact(paragraph))] if paragraph else []))
    return tuple(_PARTS.findall(written))
