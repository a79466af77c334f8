"""Draft questions: proposed from an assistant's documents, taken or left by a person.

They stand in one file until they are decided. What a person takes is written to a suite of the
assistant with the words it must cite and where it came from; what they leave is not proposed
again.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from domainkit.errors import EvaluationError
from domainkit.evaluation.proposing import Ask, Proposal, same
from domainkit.packs.files import read_rows
from domainkit.packs.rowfiles import PLAIN
from domainkit.packs.schemas.questions import EvalQuestion
from domainkit.store.documents import Store
from domainkit.text import detect
from domainkit.types import Passage

State = Literal["proposed", "accepted", "rejected"]
FILE = "drafts.jsonl"
SUITE = "drafted.jsonl"


@dataclass(frozen=True, slots=True)
class Draft:
    """A proposed question, the passage it came from, and what a person decided.

    ``path`` names the document as the store does; ``quote`` stands in its passage word for word.
    """

    id: str
    question: str
    language: Literal["en", "zh"]
    origin: str
    path: str
    title: str
    locator: str
    quote: str
    text: str
    passage_id: str
    must_say: tuple[str, ...] = ()
    state: State = "proposed"
    decided: str = ""
    edited: bool = False


@dataclass(frozen=True, slots=True)
class Drafts:
    """The drafts of an assistant, in the file ``path``."""

    path: Path

    def read(self) -> list[Draft]:
        """Return every draft, in the order in which they were proposed.

        Raises:
            EvaluationError: naming the line that is no draft.
        """
        if not self.path.is_file():
            return []
        lines = self.path.read_text(encoding="utf-8").split("\n")
        return [self._read(number, line) for number, line in enumerate(lines, 1) if line.strip()]

    def add(self, draft: Draft) -> None:
        """Keep one more draft; what was kept before stays if the program is stopped."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(_line(draft))

    def decide(self, draft: Draft) -> None:
        """Put ``draft`` in the place of the one with its id."""
        kept = [draft if old.id == draft.id else old for old in self.read()]
        self.write(kept)

    def write(self, drafts: Iterable[Draft]) -> None:
        """Keep exactly ``drafts``."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        made = self.path.with_suffix(".new")
        made.write_text("".join(map(_line, drafts)), encoding="utf-8")
        made.replace(self.path)

    def _read(self, number: int, line: str) -> Draft:
        try:
            record = json.loads(line)
            return Draft(**{**record, "must_say": tuple(record["must_say"])})
        except (ValueError, KeyError, TypeError) as error:
            raise EvaluationError(
                f"{self.path}:{number}: not a draft: {error}",
                hint="delete that line, or the file to draft anew",
            ) from error


def drafted(
    store: Store, ask: Ask, *, known: Sequence[Draft] = (), taken: Iterable[str] = ()
) -> Iterator[Draft]:
    """Yield drafts from the passages of ``store``, one document after another in turn.

    Args:
        store: what was ingested.
        ask: proposes questions for a passage.
        known: what was drafted before: it is not proposed again.
        taken: questions that are judged or trained on already.
    """
    asked = {same(draft.question) for draft in known} | {same(question) for question in taken}
    quoted = {same(draft.quote) for draft in known}
    sources = {summary.id: summary.source for summary in store.documents()}
    for passage in _in_turn(store):
        for proposal in ask(passage):
            key, quote = same(proposal.question), same(proposal.quote)
            if key in asked or quote in quoted:
                continue
            asked.add(key)
            quoted.add(quote)
            yield _draft(passage, proposal, sources[passage.document_id])


def judged(draft: Draft, *, place: Callable[[str], Path], on: date) -> EvalQuestion:
    """Return ``draft`` as a judged question.

    Args:
        draft: as a person took it.
        place: gives the file of a document's path.
        on: the day it was taken.

    Raises:
        EvaluationError: when it is no question that can be judged.
    """
    said = "edited and taken" if draft.edited else "taken"
    source = {"path": draft.path, "quote": draft.quote}
    if not _stands(place(draft.path.partition("#")[0]), draft.quote):
        source = {"path": draft.path, "locator": draft.locator}
    try:
        return EvalQuestion.model_validate(
            {
                "id": draft.id,
                "question": draft.question,
                "language": draft.language,
                "expect": "answered",
                "must_cite": [source],
                "must_say": list(draft.must_say),
                "tags": ["drafted", draft.origin],
                "note": f"drafted from {draft.title}, {draft.locator}; {said} {on.isoformat()}",
            }
        )
    except ValidationError as error:
        what = error.errors()[0]
        raise EvaluationError(
            f"{draft.id}: {'.'.join(map(str, what['loc']))}: {what['msg']}",
            hint="edit the question, or leave it out",
        ) from error


def append(path: Path, question: EvalQuestion) -> None:
    """Write ``question`` to the suite ``path``, in the place of one with its id."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    kept = [line for line in lines if line.strip() and json.loads(line).get("id") != question.id]
    made = question.model_dump(mode="json", exclude_defaults=True)
    kept.append(json.dumps(made, ensure_ascii=False))
    path.write_text("\n".join(kept) + "\n", encoding="utf-8")


def questions(folder: Path) -> Iterator[str]:
    """Yield every question of the rows of a pack's ``eval`` and ``train``."""
    for kind in ("eval", "train"):
        for path in sorted((folder / kind).glob("*.jsonl")):
            for _, value in read_rows(path, f"{kind}/{path.name}"):
                if isinstance(value, Mapping) and isinstance(value.get("question"), str):
                    yield value["question"]


def decided(draft: Draft, state: State, *, on: date, question: str = "") -> Draft:
    """Return ``draft`` as a person decided: taken or left, with another ``question`` if given."""
    asked = question.strip() or draft.question
    edited = draft.edited or asked != draft.question
    return replace(draft, state=state, question=asked, edited=edited, decided=on.isoformat())


def _in_turn(store: Store) -> Iterator[Passage]:
    """Yield the first passage of every document, then the second: a few questions span all."""
    documents: dict[str, list[Passage]] = defaultdict(list)
    for entry in store.entries():
        documents[entry.passage.document_id].append(entry.passage)
    for number in range(max(map(len, documents.values()), default=0)):
        for passages in documents.values():
            if number < len(passages):
                yield passages[number]


def _draft(passage: Passage, proposal: Proposal, path: str) -> Draft:
    name = hashlib.sha256(f"{passage.id}\n{proposal.question}".encode()).hexdigest()[:12]
    return Draft(
        id=f"draft-{name}",
        question=proposal.question,
        language=detect(proposal.question),
        origin=proposal.origin,
        path=path,
        title=passage.title,
        locator=passage.locator,
        quote=proposal.quote,
        text=passage.text,
        passage_id=passage.id,
        must_say=proposal.must_say,
    )


def _stands(path: Path, quote: str) -> bool:
    """Return whether ``quote`` is in the file itself, where its words are its text.

    Markdown that is set in bold reads otherwise than it is written.
    """
    if path.suffix.lower() not in PLAIN or not path.is_file():
        return True
    text = path.read_text(encoding="utf-8", errors="replace").casefold()
    return " ".join(quote.casefold().split()) in " ".join(text.split())


def _line(draft: Draft) -> str:
    return json.dumps(asdict(draft), ensure_ascii=False) + "\n"
