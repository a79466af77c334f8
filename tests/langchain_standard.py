"""LangChain's own standard tests of a retriever, held against an assistant's.

``tests/unit/integrations/test_langchain_standard.py`` runs this file in a process of its own: the
package it comes from brings plugins of pytest that change how every other test runs.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from langchain_tests.integration_tests.retrievers import RetrieversIntegrationTests

from domainkit.assistant import Assistant
from domainkit.integrations.langchain import AssistantRetriever
from domainkit.packs import scaffold


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    planned = scaffold.plan("clinic", domain="medical", base=tmp_path_factory.mktemp("home"))
    scaffold.write(planned)
    opened = Assistant.open(planned.folder, overrides={"tier": "extractive"})
    opened.ingest()
    yield opened
    opened.close()


class TestRetriever(RetrieversIntegrationTests):
    @pytest.fixture(autouse=True)
    def _given(self, assistant: Assistant) -> None:
        self._assistant = assistant

    @property
    def retriever_constructor(self) -> type[AssistantRetriever]:
        return AssistantRetriever

    @property
    def retriever_constructor_params(self) -> dict[str, Any]:
        return {"assistant": self._assistant}

    @property
    def retriever_query_example(self) -> str:
        return "How many grams of paracetamol may an adult take in 24 hours?"
