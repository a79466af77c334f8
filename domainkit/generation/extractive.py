"""Answers with the sources' own sentences. Needs no model, and stands in for every other one.

Sentences are chosen by how much of the question they hold, rare words counting more; each further
one must add something the chosen ones lack. They are given in the order of the sources, each
followed by the number of its own.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby, islice
from threading import Event
from typing import Literal

from domainkit.errors import GenerationError
from domainkit.generation.candidates import Sentence, every
from domainkit.text import asked, cues, index_terms, populations
from domainkit.text.figures import figures
from domainkit.text.populations import People
from domainkit.text.subject import subject
from domainkit.types import NO_NAMES, Answer, Generation, Names, Prompt, Retrieved, Usage

# Chosen together on 400 development questions of bioasq and 300 of covidqa with gold passages,
# those that benchmarks/answers.py leaves out: ROUGE-2 / ROUGE-L against the experts' answers
# .334 / .400 (first three sentences .309 / .361, best single sentence .290 / .378), gold span
# contained .83 (.78, .71). More sentences raise the last figure and lower the others; favouring
# what the other passages say too lowers both. What counts beside words was chosen on the packs'
# training questions (docs/decisions/own-sentences.md).
MOST = 4  # sentences in an answer
_WHOLE = 20  # sentences of what a question named: most articles of a law have fewer
_SETTING = 0.4  # what a term counts that stands only in the title, the section or just before
_FIGURE = 0.15  # what a figure of the kind that is asked for adds
_MEANING = 0.2  # what it adds to tell what a word means, where that is asked
_WHOM = 0.1  # what it adds to name a child, a pregnant woman or an age that is asked about
_NAMED = 0.1  # what it adds to stand below a heading all of which the question says
_UNKNOWN = 0.6  # what is left to a sentence that says what is asked or expected, not what is …
_BEFORE = 0.6  # … or to one of methods or of the facts of a case, where neither is asked for
_LONG = 24  # different words, beyond which a sentence says more than it was asked …
_LONG_COST = 1.0  # … and pays this, for every as many again
_POOR = 0.3  # what is left to a sentence that asks, or is too short to say anything
_OTHERS = 0.1  # what is left to a sentence about others than those asked about
_SHORT = 4  # different terms
_FURTHER = 0.45  # the least a further sentence may add, as a share of the best one's score
_SAME = 0.5  # two sentences that share this much of the shorter one's terms say the same …
_AS_WELL = 0.97  # a source that tells this much as well as the best one is cited too …
_ANSWERS = 0.3  # … where its best sentence has this much of the best one's score
_TWIN = 0.9  # … unless their figures differ, and one scores this much of the other
_TOLD = 0.7  # an answer with this much of a sentence's terms has told it


class ExtractiveGenerator:
    """The best-supported sentences of the sources, one to four, each with its number."""

    @property
    def id(self) -> str:
        """``extractive``."""
        return "extractive"

    def generate(self, prompt: Prompt, *, adapter: str | None = None) -> Generation:
        """Return the whole answer; it is empty where the prompt has no sources.

        Raises:
            GenerationError: for any ``adapter``: there is no model here for it to change.
        """
        begun = time.perf_counter()
        text = "".join(self._pieces(prompt, adapter))
        return Generation(text, self.id, usage=Usage(seconds=time.perf_counter() - begun))

    def stream(
        self, prompt: Prompt, *, adapter: str | None = None, cancel: Event | None = None
    ) -> Iterator[str | Generation]:
        """Yield sentence by sentence, then the whole ``Generation``.

        Raises:
            GenerationError: as ``generate`` does.
        """
        begun, text = time.perf_counter(), ""
        finish: Literal["stop", "cancelled"] = "stop"
        for piece in self._pieces(prompt, adapter):
            if cancel is not None and cancel.is_set():
                finish = "cancelled"
                break
            text += piece
            yield piece
        usage = Usage(seconds=time.perf_counter() - begun)
        yield Generation(text, self.id, finish=finish, usage=usage)

    def _pieces(self, prompt: Prompt, adapter: str | None) -> list[str]:
        if adapter is not None:
            raise GenerationError(
                f"the extractive generator has no model for the adapter '{adapter}' to change",
                hint="set generation.model in domainkit.toml: domainkit models list",
            )
        sources = prompt.sources
        cited = bool(sources) and all("cited" in source.via for source in sources)
        chosen = whole(sources) if cited else select(_asked(prompt), sources, prompt.names)
        return [f"{' ' if i else ''}{s.text} [{s.source}]" for i, s in enumerate(chosen)]


def further(prompt: Prompt, answer: Answer) -> str | None:
    """Return what this would answer and ``answer`` does not say yet, citing the same source.

    None where ``answer`` cites none of the sources that this would, or tells what holds for others
    than those asked about: it speaks of something near.
    """
    told = frozenset(index_terms(answer.text))
    cited = {citation.marker for citation in answer.citations}
    chosen = select(_asked(prompt), prompt.sources, prompt.names)
    people = populations.asked(_asked(prompt))
    others = any(populations.excluded(people, claim.text) for claim in answer.claims)
    if chosen and (others or not any(f"[{s.source}]" in cited for s in chosen)):
        return None
    return " ".join(
        f"{s.text} [{s.source}]"
        for s in chosen
        if f"[{s.source}]" not in cited or len(s.terms & told) < _TOLD * len(s.terms)
    )


def _asked(prompt: Prompt) -> str:
    return prompt.question.search_text if prompt.question else ""


def whole(sources: Sequence[Retrieved]) -> list[Sentence]:
    """Return what ``sources`` say, from their beginning: a question asked for them by name."""
    return list(islice(every(sources), _WHOLE))


def select(question: str, sources: Sequence[Retrieved], names: Names = NO_NAMES) -> list[Sentence]:
    """Return at most ``MOST`` sentences of ``sources`` that answer ``question``, in their order.

    There is at least one where any source says more than its headings. What goes by another of
    its ``names`` is named.
    """
    people = populations.asked(question)
    candidates = list(_of_people(every(sources, names), people))
    if not candidates:
        return []
    about = frozenset(index_terms(subject(cues.related(question))))
    about = about or frozenset(index_terms(question))
    candidates = list(_of_what_is_named(candidates, about))
    candidates = [_less(s, _OTHERS) if cues.is_other(question, s.text) else s for s in candidates]
    if not cues.asks_design(question):
        candidates = [_less(s, _BEFORE) if s.before else s for s in candidates]
    weights = _weights(about, candidates)
    gives = asked.giving(question)
    telling = [gives is not None and gives(s.text) for s in candidates]
    # Where results are full of numbers, one more says little: "What is the adjusted odds ratio?"
    counts = asked.kind(question) != "number" or cues.counts(question)
    more = [
        _more(question, s, figure=counts and tells) + _WHOM * populations.included(people, s.text)
        for s, tells in zip(candidates, telling, strict=True)
    ]
    # A question with figures of its own says who asks: nothing stands beside what fits best.
    chosen = _chosen(candidates, weights, more, twin=math.inf if figures(question) else _TWIN)
    scores = [_score(s, weights, more[i]) for i, s in enumerate(candidates)]
    if any(telling) and not any(telling[i] for i in chosen):
        given = [score * tells for score, tells in zip(scores, telling, strict=True)]
        chosen = [*chosen[: MOST - 1], given.index(max(given))]
    chosen += _of_the_best(sources, candidates, scores, chosen)
    return [candidates[i] for i in sorted(chosen)]


def _of_the_best(
    sources: Sequence[Retrieved],
    candidates: Sequence[Sentence],
    scores: Sequence[float],
    chosen: Sequence[int],
) -> list[int]:
    """Return the best sentence of a source that tells as well as the best one and is not cited."""
    told = [source.via.get("telling", 0.0) for source in sources]
    cited = {candidates[i].source for i in chosen}
    for number, value in enumerate(told, start=1):
        if len(chosen) < MOST and value > 0 and value >= _AS_WELL * max(told):
            own = [i for i, s in enumerate(candidates) if s.source == number]
            best = max(own, key=scores.__getitem__, default=None)
            enough = best is not None and scores[best] >= _ANSWERS * max(scores)
            if number not in cited and enough and best is not None:
                return [best]
    return []


def _less(sentence: Sentence, share: float) -> Sentence:
    """Return ``sentence`` with a share of what its source lets it count."""
    return replace(sentence, likely=sentence.likely * share)


def _of_people(candidates: Iterable[Sentence], people: People) -> Iterator[Sentence]:
    """Yield each sentence; it counts less where it is of others than those asked about.

    What gives figures and says of nobody is of those whom the sentence before it is of.
    """
    for _, group in groupby(candidates, key=lambda sentence: sentence.source):
        held = list(group)
        for sentence, whose in zip(held, populations.told(s.text for s in held), strict=True):
            of = whose if figures(sentence.text) else sentence.text
            other = populations.excluded(people, of)
            yield _less(sentence, _OTHERS) if other else sentence


def _of_what_is_named(candidates: Sequence[Sentence], about: frozenset[str]) -> Iterator[Sentence]:
    """Yield each sentence; it counts less where its text is about something else.

    That is a text that names nothing asked in its title, where the best source's title does, and
    that does not speak of this: of two labels, the unwanted effects of the other drug.
    """
    named = next((s.title & about for s in candidates if s.source == 1), frozenset())
    for sentence in candidates:
        says = sentence.title & about or (sentence.setting | sentence.terms) & named
        other = bool(named) and not says
        yield _less(sentence, _POOR) if other else sentence


def _chosen(
    candidates: Sequence[Sentence],
    weights: Mapping[str, float],
    more: Sequence[float],
    *,
    twin: float,
) -> list[int]:
    """Return which sentences answer best together, the best first."""
    scores = [_score(s, weights, more[i]) for i, s in enumerate(candidates)]
    chosen: list[int] = []
    while len(chosen) < MOST:
        taken = [candidates[i] for i in chosen]
        told = weights.keys() & frozenset().union(*(s.terms for s in taken))
        rest = {term: weight for term, weight in weights.items() if term not in told}
        gains = {
            # Half for what the sentence holds, half for what of it is new.
            i: (scores[i] + _score(s, rest, more[i], of=weights)) / 2
            for i, s in enumerate(candidates)
            if i not in chosen
            and not any(
                _same(s, candidates[j], twins=scores[i] >= twin * scores[j]) for j in chosen
            )
        }
        best = max(gains, key=lambda i: (gains[i], -i), default=None)
        if best is None or (chosen and gains[best] <= _FURTHER * scores[chosen[0]]):
            break
        chosen.append(best)
    return chosen


def _weights(asked: frozenset[str], candidates: Sequence[Sentence]) -> Mapping[str, float]:
    """Return how much each asked term counts: the fewer sentences hold it, the more."""
    holding = Counter(term for s in candidates for term in s.terms & asked)
    total = len(candidates)
    return {t: math.sqrt(math.log((total + 1) / (holding[t] + 0.5))) for t in sorted(asked)}


def _more(question: str, sentence: Sentence, *, figure: bool) -> float:
    """Return what counts for ``sentence`` beside the words of the question that it holds."""
    means = cues.asks_meaning(question) and cues.tells_meaning(sentence.text)
    named = bool(sentence.heading) and sentence.heading <= frozenset(index_terms(question))
    return _FIGURE * figure + _MEANING * means + _NAMED * named


def _score(
    sentence: Sentence,
    weights: Mapping[str, float],
    more: float,
    *,
    of: Mapping[str, float] | None = None,
) -> float:
    """Return how well ``sentence`` answers; ``of`` is all that was asked, where less is left."""
    whole = sum((of or weights).values()) or 1.0
    held = sum(w for term, w in weights.items() if term in sentence.terms)
    near = sum(
        w for term, w in weights.items() if term in sentence.setting and term not in sentence.terms
    )
    score = (held + _SETTING * near) / whole + more
    score /= 1 + _LONG_COST * max(0.0, _length(sentence) / _LONG - 1)
    if cues.is_open(sentence.text):
        score *= _UNKNOWN
    if len(sentence.terms) < _SHORT or sentence.text.endswith(("?", "？")):
        score *= _POOR
    return score * sentence.likely


def _length(sentence: Sentence) -> int:
    """Return how many words a sentence has, or characters of Chinese; pairs of these are none."""
    return sum(term.isascii() or len(term) == 1 for term in sentence.terms)


def _same(one: Sentence, other: Sentence, *, twins: bool) -> bool:
    """Return whether two sentences say the same; ``twins`` of one document may differ in figures.

    One section has the dose for some, another that for others, and nothing tells who asks.
    """
    shorter = min(len(one.terms), len(other.terms))
    alike = shorter > 0 and len(one.terms & other.terms) > _SAME * shorter
    beside = one.document == other.document and one.source != other.source
    if not (alike and twins and beside):
        return alike
    mine, theirs = figures(one.text), figures(other.text)
    return not (mine and theirs) or mine == theirs
