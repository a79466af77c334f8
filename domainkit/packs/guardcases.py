"""Checks that a pack tries its guards: on what they must stop, and on what only looks so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from domainkit.packs.chain import Link
from domainkit.packs.checking import nearest
from domainkit.packs.contents import CASES
from domainkit.packs.loader import layers, resolve
from domainkit.packs.problems import PackProblems, Problem
from domainkit.packs.rowfiles import rows_of
from domainkit.packs.schemas.base import Language
from domainkit.packs.schemas.cases import GuardCase
from domainkit.packs.schemas.guards import Guards

# The guards that go by words a pack chooses. Doses, personal data and prompts are tried by code.
BY_WORDS = ("emergency", "injection", "harm", "scope", "jurisdiction", "clarify", "advice")


def check(links: Sequence[Link], languages: Sequence[Language]) -> list[Problem]:
    """Return a problem for each guard without a case it must stop, or without a hard negative.

    Cases of parents count: what a child inherits was tried there.
    """
    own, faults = links[0], list[Problem]()
    try:
        found = layers(links, "guards.yaml")
        guards = resolve(Guards, found)[0]
    except PackProblems:
        return []  # its schema says so
    said = found[0].values
    cases = [row for link in links for _, _, row in rows_of(link, CASES, GuardCase, faults)]
    faults = [fault for fault in faults if fault.file == own.shown(CASES)]
    for case in dict.fromkeys(case.guard for case in cases):
        if case not in Guards.model_fields:
            text = f"there is no guard '{case}'{nearest(case, sorted(Guards.model_fields))}"
            faults.append(Problem(own.shown(CASES), "", text))
    for name in BY_WORDS:
        if said.get(name) is not None and getattr(guards, name, None) is not None:
            tried = [case for case in cases if case.guard == name]
            faults += _untried(own, name, tried, languages)
    return faults


def _untried(
    own: Link, name: str, cases: Sequence[GuardCase], languages: Sequence[Language]
) -> Iterator[Problem]:
    for language in languages:
        kinds = {case.stop for case in cases if case.language == language}
        for stop, what in ((True, "case that it must stop"), (False, "hard negative")):
            if stop not in kinds:
                text = f"has no {what} in '{language}' in {CASES}"
                yield Problem(own.shown("guards.yaml"), name, text)
