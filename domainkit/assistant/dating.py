"""Finds the day a question is asked for where its own words say it, and what held before."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from domainkit.assistant.conversation import followed
from domainkit.assistant.corpus import Corpus
from domainkit.packs.pack import Pack
from domainkit.text import days
from domainkit.types import Question

# What no longer holds is meant by "the former rule" where it fits the question nearly as well as
# what is found best: a judgment on a former law fits better than that law.
_NEARLY = 0.9


def dated(question: Question, pack: Pack) -> Question:
    """Return ``question``, made for today, for the day its words or those before it name."""
    today = question.as_of
    if not today or not pack.manifest.retrieval.days:
        return question
    for text in (question.text, *reversed(followed(question))):
        if day := days.asked(text, today):
            return replace(question, as_of=day, dated=day != today)
    return question


def sought(question: Question, corpus: Corpus, pack: Pack) -> Question:
    """Return ``question`` as it is looked for: for its day, without the words that say so.

    Where it asks for what held before and for no day, the last day of that is meant. Texts do not
    say for which day they are asked: the words would be taken for a subject that none of them has.
    """
    if not pack.manifest.retrieval.days:
        return question
    found = question if question.dated else _before(question, corpus)
    return replace(found, condensed=days.without(found.search_text)) if found.dated else found


def _before(question: Question, corpus: Corpus) -> Question:
    if not question.as_of or not days.asks_former(question.search_text):
        return question
    found = corpus.retrieve(replace(question, as_of=None), None)
    for item in found:
        end = item.passage.validity.effective_to
        if end and end <= question.as_of and item.score >= _NEARLY * found[0].score:
            return replace(question, as_of=end - timedelta(days=1), dated=True)
    return question
