"""Makes answers and sources for guards of answers by code: as they are, and with a fault."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import cycle

from domainkit.evaluation.cases import Case
from domainkit.packs.pack import Pack
from domainkit.packs.references import references
from domainkit.packs.works import Works
from domainkit.text import closed, detect, sentences
from domainkit.types import Passage, Span

_EACH = 120  # sentences of a pack's documents that are altered
_LONG = {"en": range(50, 300), "zh": range(15, 120)}  # characters: neither a heading nor a list
_NUMBER = re.compile(
    r"(?<![\d.,§–-])(?<!Article )(?<!Section )\d{1,4}(?![\d.,–-]?\d|[:/)])(?=\s?\S)"
)
# What turns a duty round; the first that stands in a sentence is exchanged.
_TURNED = (
    ("must not", "may"), ("may not", "may"), ("shall not", "may"), ("must", "must not"),
    ("shall", "shall not"), ("should not", "should"), ("should", "should not"),
    ("不得", "可以"), ("应当", "不得"), ("必须", "不得"), ("可以", "不得"),
)  # fmt: skip
_NAMING = {"en": "{1} ({0}).", "zh": "{1}（{0}）。"}
# What begins a clause or an item of a list, or tells of the document itself, is no statement.
_NONE = re.compile(r"[|>*#(（\d第§-]|.*(?:repealed|in force|made up|fictional|废止|施行|虚构)")


def grounding(pack: Pack, passages: Sequence[Passage]) -> Iterator[Case]:
    """Yield sentences of the passage they cite, the same with a fault, and another's."""
    said = [*_said(passages)]
    for (passage, text), (_, stranger) in zip(said, said[len(said) // 2 :] + said, strict=False):
        language = detect(text)
        yield Case("grounding", text, stop=False, language=language, source=passage)
        if stranger not in passage.text and detect(stranger) == language:
            yield Case("grounding", stranger, stop=True, language=language, source=passage)
        for fault in _faults(text, passage):
            yield Case("grounding", fault, stop=True, language=language, source=passage)


def conflict(pack: Pack, passages: Sequence[Passage]) -> Iterator[Case]:
    """Yield sentences beside another document that denies them, agrees, or is of something else.

    A sentence of one's own document that says otherwise is no conflict of documents.
    """
    said = [*_said(passages)]
    for (passage, text), (_, stranger) in zip(said, said[len(said) // 2 :] + said, strict=False):
        case = Case("conflict", text, stop=False, language=detect(text), source=passage)
        for beside in (text, stranger):
            yield replace(case, beside=_other(passage, beside))
        for fault in _faults(text, passage):
            yield replace(case, stop=True, beside=_other(passage, fault))
            same = replace(_other(passage, fault), document_id=passage.document_id)
            yield replace(case, beside=same)


def authorities(pack: Pack, passages: Sequence[Passage]) -> Iterator[Case]:
    """Yield sentences that name a work as their source does, and by a number that it has not."""
    said, works = cycle(_said(passages)), Works(pack.works)
    examples = [
        (name, example) for name, one in pack.authorities.items() for example in one.examples
    ]
    wanted = -(-_EACH // max(1, len(examples)))
    for name, example in examples * wanted:
        passage, text = next(said)
        language = detect(text)
        bare = text.rstrip(".。；;")
        right = _NAMING[language].format(example, bare)
        source = _saying(passage, right)
        case = Case("authorities", right, stop=False, language=language, source=source)
        yield case
        grammar = {name: pack.authorities[name]}
        wrong = re.sub(r"\d(?=\D*$)", lambda m: str((int(m[0]) + 5) % 10), example)
        found = references(wrong, grammar)
        # A work that the pack knows may have it, whatever the source says.
        known = [works.resolve(one, None).standing for one in found]
        if wrong != example and known in (["unknown"], ["malformed"]):
            yield replace(case, text=_NAMING[language].format(wrong, bare), stop=True)


def _said(passages: Sequence[Passage]) -> Iterator[tuple[Passage, str]]:
    """Yield sentences spread over the passages, with the passage each stands in."""
    found = []
    for passage in passages:
        for span in sentences(passage.text):
            text = " ".join(span.of(passage.text).split())
            if closed(text) and len(text) in _LONG[detect(text)] and not _NONE.match(text):
                found.append((passage, text))
    yield from found[:: max(1, len(found) // _EACH)][:_EACH]


def _faults(text: str, passage: Passage) -> Iterator[str]:
    """Yield ``text`` with another number, and with its duty turned round."""
    if match := _NUMBER.search(text):
        other = str(2 * int(match[0]) + 1)
        if other not in passage.text:
            yield f"{text[: match.start()]}{other}{text[match.end() :]}"
    for before, after in _TURNED:
        at = re.search(rf"\b{before}\b" if before.isascii() else before, text)
        if at:
            yield f"{text[: at.start()]}{after}{text[at.end() :]}"
            return


def _other(passage: Passage, text: str) -> Passage:
    return replace(_saying(passage, text), id=f"{passage.id}-other", document_id="other")


def _saying(passage: Passage, text: str) -> Passage:
    return replace(passage, text=text, span=Span(0, len(text)))
