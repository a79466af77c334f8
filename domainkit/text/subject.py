"""Leaves of a Chinese question what it is about."""

from __future__ import annotations

import re

# Chinese words and characters that carry no subject. A small corpus holds few of them, and would
# take them for rare words of the question.
_FUNCTION = re.compile(
    "应该|应当|可以|哪里|哪些|哪个|哪只|多少|多久|多长|多大|什么|怎么|怎样|如何|为何|时候|时间|情况|需要"
    "|自己|是否|能否|有没有|是不是|[的了吗呢吧啊呀么在是有会能要应该几多我你他她它们这那个和与或及把被给从对"
    "于就也都还又再很更最后前上下里中时地得着过让使由向为以因所其此并而但若则将可]"
)


def subject(question: str) -> str:
    """Return ``question`` without the Chinese words that ask or join; English is left as it is."""
    return _FUNCTION.sub(" ", question)
