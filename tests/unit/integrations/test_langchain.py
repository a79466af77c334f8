from __future__ import annotations

from collections.abc import Iterator

import pytest
from langchain_core.documents import Document
from langchain_core.language_models.fake_chat_models import FakeListChatModel
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import Runnable, RunnablePassthrough

from domainkit.assistant import Assistant
from domainkit.integrations.langchain import as_retriever, as_runnable
from domainkit.packs import scaffold

QUESTION = "How many grams of paracetamol may an adult take in 24 hours?"


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    planned = scaffold.plan("clinic", domain="medical", base=tmp_path_factory.mktemp("home"))
    scaffold.write(planned)
    opened = Assistant.open(planned.folder, overrides={"tier": "extractive"})
    opened.ingest()
    yield opened
    opened.close()


def test_a_retriever_gives_documents_with_their_place(assistant: Assistant) -> None:
    retriever = as_retriever(assistant, k=3)

    found = retriever.invoke(QUESTION)

    assert isinstance(retriever, BaseRetriever)
    assert len(found) == 3
    assert all(isinstance(document, Document) for document in found)
    best = found[0]
    assert "paracetamol" in f"{best.metadata['title']} {best.page_content}".lower()
    assert best.id == best.metadata["passage_id"]
    assert {"locator", "section", "page", "score", "document_id"} <= set(best.metadata)
    assert [d.metadata["rank"] for d in found] == [1, 2, 3]


def test_how_many_can_be_said_for_one_question(assistant: Assistant) -> None:
    assert len(as_retriever(assistant, k=3).invoke(QUESTION, k=1)) == 1


def test_a_batch_asks_each_question(assistant: Assistant) -> None:
    found = as_retriever(assistant, k=1).batch([QUESTION, "How do I use an asthma inhaler?"])

    titles = [documents[0].metadata["title"] for documents in found]
    assert len(set(titles)) == 2


def test_inside_a_chain(assistant: Assistant) -> None:
    def listed(found: list[Document]) -> str:
        return "\n".join(document.page_content for document in found)

    model = FakeListChatModel(responses=["At most 4 grams. [1]"])
    prompt = ChatPromptTemplate.from_template("{context}\n\n{question}")
    asked: dict[str, Runnable[str, str]] = {
        "context": as_retriever(assistant) | listed,
        "question": RunnablePassthrough(),
    }

    chain = asked | prompt | model | StrOutputParser()

    assert chain.invoke(QUESTION) == "At most 4 grams. [1]"


def test_a_runnable_answers_as_the_rest_endpoint_does(assistant: Assistant) -> None:
    answer = as_runnable(assistant).invoke(QUESTION)

    assert answer["status"] == "answered"
    assert any("24 hours" in citation["quote"] for citation in answer["citations"])
    as_mapping = {"question": QUESTION, "k": 5, "as_of": "2026-01-01"}
    again = as_runnable(assistant).invoke(as_mapping)
    assert {**again, "timings": None} == {**answer, "timings": None}


def test_a_runnable_takes_a_history(assistant: Assistant) -> None:
    history = [{"role": "user", "content": QUESTION}, {"role": "assistant", "content": "4 g"}]

    answer = as_runnable(assistant).invoke({"question": "And for how long?", "history": history})

    assert answer["condensed"]
