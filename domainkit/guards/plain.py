"""Brings texts that say the same in other everyday words to the same words.

Small models and people put a source in their own words: they begin what it starts, and take daily
what it gives a day. Only words that mean the same wherever these packs use them stand here; what
a domain calls otherwise is for its glossary.
"""

from __future__ import annotations

import re
from functools import lru_cache

from domainkit.guards.polarity import without
from domainkit.text.analysis import fold
from domainkit.text.figures import without_figures
from domainkit.text.language import HAN

# The first word of a line stands for the others. Words are whole, and given in all their forms.
_ALIKE = """
start starts starting started begin begins beginning began begun commence commences
often frequently commonly
surgery operation operations surgeries
doctor doctors physician physicians
drug drugs medicine medicines medication medications
disease diseases illness illnesses
cause causes caused causing
affect affects affected affecting
child children
help helps helped helping assist assists
show shows showed shown indicate indicates indicated
buy buys bought purchase purchases purchased
allow allows allowed permit permits permitted
stop stops stopped stopping discontinue discontinued cease ceases
approximately about around roughly
immediately straightaway promptly
advise advises advised recommend recommends recommended
obtain obtains obtained get gets got receive receives received
need needs needed require requires required
"""
_SAME = {
    other: words[0]
    for line in _ALIKE.strip().splitlines()
    for words in [line.split()]
    for other in words
}
_PHRASES = {
    "straight away": "immediately",
    "right away": "immediately",
    "at once": "immediately",
    "a form of": "a",
    "a kind of": "a",
    "a type of": "a",
    "in order to": "to",
}
# Words that a sentence needs and that say nothing of its subject.
_LIGHT = frozenset(
    "take takes taken taking give gives given giving use uses used using put puts someone somebody"
    " anyone person people persons other others than one ones thing things way ways case"
    " cases also"
    " approximately immediately however therefore thus such certain several various tend tends"
    " usually generally typically usual general become becomes remain remains still then well"
    " it its they them their this that these those there which who whom whose what when where"
    " two three four five six seven eight nine ten eleven twelve".split()
)
_CHINESE = {
    **dict.fromkeys(
        ("不可以", "不能", "不要", "不准", "不应当", "不应该", "切勿", "请勿"), "不得"
    ),
    **dict.fromkeys(("应该", "必须", "应予", "须"), "应当"),
    **dict.fromkeys(("喝酒", "饮用酒精"), "饮酒"),
    **dict.fromkeys(("退烧", "解热", "降温"), "退热"),
    **dict.fromkeys(("医生", "大夫"), "医师"),
    **dict.fromkeys(("吃药", "用药"), "服药"),
    **dict.fromkeys(("大约", "大概", "左右"), "约"),
    **dict.fromkeys(("开始",), "起"),
    **dict.fromkeys(("达到", "达"), "不低于"),
    **dict.fromkeys(("用于", "用来", "使用"), ""),
    **dict.fromkeys(("变成", "变为", "成为"), "转为"),
    **dict.fromkeys(("服用", "口服", "自己", "的话"), ""),
    "没有": "未",
    "按照": "按",
    "第一次": "首次",
    "到": "至",
    "每次": "一次",
    **dict.fromkeys(("每天", "每日", "一天"), "一日"),
    "两": "二",
    "天": "日",
    "另外": "",
    "而且": "",
    "并且": "",
    "以及": "和",
}
# Characters that join words: a pair that holds one is no word of its own.
PARTICLES = frozenset(
    "的之了在于和与及对为以其等者自所并且就都也还则即由从向被把将到给或时后前是而要会着过 "
)

# Axes whose words are no words of the subject.
READ_APART = ("change", "duty", "bound", "rate", "level", "time")

_LATIN = re.compile(rf"[^\W\d_{HAN}]+")
_TOGETHER = re.compile("|".join(map(re.escape, _PHRASES)))
_HAN_TOGETHER = re.compile("|".join(map(re.escape, sorted(_CHINESE, key=len, reverse=True))))


@lru_cache(maxsize=4096)
def alike(text: str) -> str:
    """Return ``text``, folded, with one word for all that mean the same."""
    folded = _TOGETHER.sub(lambda m: _PHRASES[m[0]], fold(text))
    folded = _HAN_TOGETHER.sub(lambda m: _CHINESE[m[0]], folded)
    return _LATIN.sub(lambda m: _SAME.get(m[0], m[0]), folded)


def weighty(text: str) -> str:
    """Return ``alike`` without the words that say nothing of a subject."""
    return _without_light(alike(text))


def subject(text: str) -> str:
    """Return what ``text`` is about: ``weighty``, and less.

    Figures, and words of change, duty, bounds and rates, go as well: they are right or wrong, and
    read apart.
    """
    bare = without(without_figures(alike(text)), READ_APART)
    return _without_light(bare)


def _without_light(text: str) -> str:
    return _LATIN.sub(lambda m: " " if m[0] in _LIGHT else m[0], text)
