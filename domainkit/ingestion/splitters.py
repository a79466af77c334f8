"""LangChain's text splitters, for a paragraph too long for one passage. Their only door in."""

from __future__ import annotations

from functools import lru_cache
from itertools import accumulate, pairwise
from typing import Any

from domainkit.extras import load
from domainkit.types import Span

# Where to cut, the best place first; each cut falls after the match, so nothing is lost.
_SEPARATORS = [
    r"\n\n+",
    r"\n",
    r"[。！？；]”?",
    r"[.!?;][\"”’)]?\s+",
    r"[，、：]",
    r"[,:]\s",
    r"\s",
    "",
]


def divide(text: str, *, size: int) -> list[Span]:
    """Return spans that together cover ``text``, each at most ``size`` characters long."""
    parts: list[str] = _splitter(size).split_text(text)
    return [Span(a, b) for a, b in pairwise([0, *accumulate(map(len, parts))])]


@lru_cache(maxsize=32)
def _splitter(size: int) -> Any:
    module = load("langchain_text_splitters", needed_for="dividing long paragraphs")
    return module.RecursiveCharacterTextSplitter(
        chunk_size=size,
        chunk_overlap=0,
        separators=_SEPARATORS,
        is_separator_regex=True,
        keep_separator="end",
        strip_whitespace=False,
    )
