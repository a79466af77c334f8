from threading import Event

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domainkit.protocols import Embedder, Generator
from domainkit.testing import EchoGenerator, HashEmbedder
from domainkit.types import Generation, Passage, Prompt, Retrieved, Span

TEXTS = st.lists(st.text(max_size=40), max_size=5)


def source(text: str, rank: int) -> Retrieved:
    span = Span(0, len(text))
    return Retrieved(Passage(f"p{rank}", "d", "Title", "p. 1", span, text), 1.0, rank)


PROMPT = Prompt(
    messages=(),
    sources=(source("Take two tablets. Then rest.", 1), source("休息一天。不要喝酒。", 2)),
)


def test_the_doubles_are_what_the_protocols_ask_for() -> None:
    assert isinstance(HashEmbedder(), Embedder)
    assert isinstance(EchoGenerator(), Generator)


@given(TEXTS)
def test_vectors_have_the_promised_shape_and_length(texts: list[str]) -> None:
    vectors = HashEmbedder(dim=16).encode(texts, role="passage")
    assert vectors.shape == (len(texts), 16)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)


@given(st.text(max_size=60))
def test_a_text_has_the_same_vector_alone_and_among_others(text: str) -> None:
    embedder = HashEmbedder()
    alone = embedder.encode([text], role="query")[0]
    among = embedder.encode(["other words", text], role="passage")[1]
    assert np.array_equal(alone, among)


def test_texts_that_share_words_are_near() -> None:
    embedder = HashEmbedder()
    question, near, far = embedder.encode(
        ["dose of paracetamol", "the dose of paracetamol is two tablets", "lease of a flat"],
        role="passage",
    )
    assert question @ near > question @ far


def test_the_id_changes_with_the_dim() -> None:
    assert HashEmbedder(8).id == "hash-8"
    assert (HashEmbedder(8).dim, HashEmbedder().dim) == (8, 64)


def test_echo_cites_the_first_sentence_of_each_source() -> None:
    written = EchoGenerator().generate(PROMPT, adapter="a")
    assert written.text == "Take two tablets. [1] 休息一天。 [2]"
    assert (written.model, written.adapter, written.finish) == ("echo", "a", "stop")
    assert written.usage.completion_tokens == 6


def test_echo_says_what_it_is_told_to() -> None:
    assert EchoGenerator("Nothing.").generate(PROMPT).text == "Nothing."
    assert EchoGenerator("").generate(PROMPT).text == ""


@pytest.mark.parametrize("text", ["", "   ", "\n\n"])
def test_echo_survives_a_source_without_a_sentence(text: str) -> None:
    assert EchoGenerator().generate(Prompt((), (source(text, 1),))).text == "[1]"


def test_the_pieces_of_a_stream_are_the_whole_answer() -> None:
    *pieces, last = EchoGenerator().stream(PROMPT)
    assert isinstance(last, Generation)
    assert "".join(str(piece) for piece in pieces) == last.text


def test_a_cancelled_stream_says_what_it_had_written() -> None:
    cancel = Event()
    stream = EchoGenerator("one two three").stream(PROMPT, cancel=cancel)
    assert next(stream) == "one "
    cancel.set()
    (last,) = stream
    assert isinstance(last, Generation)
    assert (last.text, last.finish) == ("one ", "cancelled")
