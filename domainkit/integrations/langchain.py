"""An assistant inside LangChain: its passages as a retriever, its answers as a runnable.

LangChain's classes are the base of these, so this module, alone in the package, imports it when it
is imported itself: ``from domainkit.integrations.langchain import as_retriever``.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import Runnable, RunnableLambda
from pydantic import ConfigDict, Field

from domainkit.assistant import Assistant, project
from domainkit.assistant.projection import project_retrieved
from domainkit.types import Message


class AssistantRetriever(BaseRetriever):
    """The passages an assistant finds, best first, each with its place and scores as metadata."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    assistant: Assistant
    k: int | None = Field(default=None, ge=1)
    as_of: date | None = None
    jurisdiction: str | None = None

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun, k: int | None = None
    ) -> list[Document]:
        question = self.assistant.question(query, as_of=self.as_of, jurisdiction=self.jurisdiction)
        found = self.assistant.retrieve(question, k=k or self.k)
        return [_document(project_retrieved(each)) for each in found]


def as_retriever(
    assistant: Assistant,
    *,
    k: int | None = None,
    as_of: date | None = None,
    jurisdiction: str | None = None,
) -> AssistantRetriever:
    """Return what finds passages for any LangChain application.

    Args:
        assistant: open, and the caller's to close.
        k: how many passages; the pack's number by default.
        as_of: the day they must be in force; today by default.
        jurisdiction: where they must hold.
    """
    return AssistantRetriever(assistant=assistant, k=k, as_of=as_of, jurisdiction=jurisdiction)


def as_runnable(assistant: Assistant, *, adapter: str | None = None) -> Runnable[Any, Any]:
    """Return what answers for any LangChain application.

    It takes a question as text, or what ``POST /v1/ask`` takes as a mapping (``question`` and, at
    will, ``history``, ``as_of``, ``jurisdiction``, ``k``, ``adapter``), and gives the same object.

    Args:
        assistant: open, and the caller's to close.
        adapter: the adapter to answer with; by default the active one.
    """

    def answer(asked: Any) -> dict[str, Any]:
        given: dict[str, Any] = {"question": asked} if isinstance(asked, str) else dict(asked)
        question = assistant.question(
            given["question"],
            history=[Message(turn["role"], turn["content"]) for turn in given.get("history", ())],
            as_of=_day(given.get("as_of")),
            jurisdiction=given.get("jurisdiction"),
        )
        chosen = given.get("adapter") or adapter
        return project(assistant.ask(question, k=given.get("k"), adapter=chosen))

    return RunnableLambda(answer, name="domainkit")


def _document(passage: dict[str, Any]) -> Document:
    text = passage.pop("text")
    return Document(text, id=passage["passage_id"], metadata=passage)


def _day(value: Any) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else value
