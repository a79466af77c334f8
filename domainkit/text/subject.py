"""Leaves of a Chinese question what it is about."""

from __future__ import annotations

import re

# Chinese words and characters that carry no subject: they ask, join, or are how people speak where
# texts say it otherwise (吃 and 服用, 孩子 and 未成年人: a quarter of the passages that answer
# hold them). A small corpus has few of them, and would take them for rare words of the question.
_FUNCTION = re.compile(
    "(?:多少|几)(?:天|日|个?月|年|周|个?星期|小时|分钟|秒|周?岁|元|钱|个|种|次)"
    "|最[多少长短高低大小迟早]|百分之|孩子"
    "|应该|应当|可以|哪里|哪些|哪个|哪只|多少|多久|多长|多大|什么|怎么|怎样|如何|为何|时候|时间|情况|需要"
    "|自己|是否|能否|有没有|是不是|[的了吗呢吧啊呀么在是有会能要应该几多我你他她它们这那个和与或及把被给从对"
    "于就也都还又再很更最后前上下里中时地得着过让使由向为以因所其此并而但若则将可吃喝算]"
)


def subject(question: str) -> str:
    """Return ``question`` without the Chinese words that ask or join; English is left as it is."""
    return _FUNCTION.sub(" ", question)
