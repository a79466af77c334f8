"""Takes a question as it is asked, and has a model put a follow-up so that it stands alone."""

from __future__ import annotations

import re
from dataclasses import replace
from string import Template

from domainkit.assistant.wiring import Writer
from domainkit.errors import QuestionError
from domainkit.guards.plain import PARTICLES
from domainkit.packs.pack import Pack
from domainkit.text import terms
from domainkit.text.figures import figures
from domainkit.text.language import HAN
from domainkit.types import Message, Prompt, Question

MAX_QUESTION = 8_000  # characters: far above any question, far below a pasted file

_KEPT = 0.6  # of what a question says has to stand in its rewriting
_LONGER = 2  # times as long as what the rules make of it, a rewriting is no question any more
_CHARACTER = re.compile(f"[{HAN}]")


def checked(text: str) -> str:
    """Return a question's text without the space around it.

    Raises:
        QuestionError: when it is empty or longer than ``MAX_QUESTION`` characters.
    """
    text = text.strip()
    if not text:
        raise QuestionError("the question is empty", hint='domainkit ask "your question"')
    if len(text) > MAX_QUESTION:
        raise QuestionError(
            f"the question has {len(text):,} characters; at most {MAX_QUESTION:,} are taken",
            hint="ask about the text, or ingest it first: domainkit ingest FILE",
        )
    return text


def rewritten(question: Question, pack: Pack, writer: Writer) -> Question:
    """Return a condensed ``question`` as the model of ``writer`` puts it.

    It stays as the rules condensed it where the model adds what nobody said, or leaves out what
    was asked: what is searched for must be the person's question.
    """
    if not question.condensed or writer.is_extractive:
        return question
    said = "\n".join(f"- {message.content}" for message in question.history)
    asked = Template(pack.prompt("condense", question.language)).safe_substitute(
        history=said, question=question.text
    )
    prompt = Prompt((Message("user", asked),), (), question)
    lines = writer.generator.generate(prompt).text.strip().splitlines()
    text = lines[0].strip() if lines else ""
    return replace(question, condensed=text) if _says_the_same(text, question) else question


def _says_the_same(text: str, question: Question) -> bool:
    known = " ".join((*(message.content for message in question.history), question.text))
    added = _said(text) - _said(known) - PARTICLES
    asked = _said(question.text)
    kept = len(asked & _said(text)) >= _KEPT * len(asked)
    short = 0 < len(text) <= _LONGER * len(question.condensed or "")
    return short and kept and not added and figures(text) <= figures(known)


def _said(text: str) -> frozenset[str]:
    """Return the words of ``text``; of Chinese the characters, whose pairs change with order."""
    return frozenset(t for t in terms(text) if t.isascii()) | frozenset(_CHARACTER.findall(text))
