"""What no source supports is written anew once, from one source, and judged again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from threading import Event

import pytest
from sources import pack, source

from domainkit.assistant.repair import Repair
from domainkit.assistant.wiring import Writer
from domainkit.assistant.writing import Written, write
from domainkit.guards import citations
from domainkit.guards.pipeline import GuardPipeline
from domainkit.settings import GenerationSettings
from domainkit.testing import EchoGenerator
from domainkit.types import Answer, Generation, Prompt, Question, Retrieved

TABLETS = source("Adults take two tablets a day. Nobody takes three.", 1)
WATER = source("Swallow the tablets with a glass of water. Do not chew them.", 2)
QUESTION = Question("How do I take the tablets?")
PROMPT = Prompt((), (TABLETS, WATER), QUESTION)
HOLDS = "Adults take two tablets a day [1]."
WRONG = "Swallow the tablets with a litre of water from the moon [2]."
MENDED = "Swallow the tablets with a glass of water."


class OfOneSource(EchoGenerator):
    """Writes ``reply`` from several sources; of one alone, its first sentences or ``alone``."""

    def __init__(self, reply: str, alone: str | None = None) -> None:
        super().__init__(reply)
        self.alone = EchoGenerator(alone)
        self.asked: list[Prompt] = []

    def stream(
        self, prompt: Prompt, *, adapter: str | None = None, cancel: Event | None = None
    ) -> Iterator[str | Generation]:
        self.asked.append(prompt)
        chosen = super() if len(prompt.sources) > 1 else self.alone
        yield from chosen.stream(prompt, adapter=adapter, cancel=cancel)


def alone(sources: Sequence[Retrieved]) -> Prompt:
    return Prompt((), tuple(sources), QUESTION)


def run(
    generator: EchoGenerator, *, cancel: Event | None = None, **grounding: object
) -> tuple[list[str], Written]:
    guards = GuardPipeline.from_pack(pack({"grounding": grounding}))

    def finish(text: str) -> Answer:
        draft = citations.draft(QUESTION, PROMPT, text)
        return guards.finish(draft, sufficiency=1.0, verdicts=())

    repair = Repair(guards.rewrites, alone) if guards.rewrites else None
    writing = write(
        Writer(generator, len),
        PROMPT,
        finish,
        release=guards.released,
        repair=repair,
        cancel=cancel,
    )
    pieces = []
    while True:
        try:
            pieces.append(next(writing))
        except StopIteration as ended:
            return pieces, ended.value


def test_a_sentence_without_support_is_written_anew_from_its_nearest_source() -> None:
    generator = OfOneSource(f"{WRONG} {HOLDS}")
    pieces, written = run(generator)

    assert written.answer.text == f"{MENDED} [2] Adults take two tablets a day. [1]"
    assert [c.passage_id for c in written.answer.citations] == ["p2", "p1"]
    assert written.answer.support == 1.0
    assert [list(p.sources) for p in generator.asked] == [[TABLETS, WATER], [WATER]]
    # What was shown while it was written is in the answer, and nothing else was shown.
    assert [piece.strip() for piece in pieces] == [
        "Adults take two tablets a day. [1]",
        f"{MENDED} [2]",
    ]
    assert [v.reason for v in written.answer.verdicts if v.guard == "repair"] == [
        "1 of 1 unsupported statements written anew"
    ]
    assert MENDED in written.generation.text


def test_it_is_asked_once_and_what_is_still_unsupported_is_left_out() -> None:
    generator = OfOneSource(f"{HOLDS} {WRONG}", alone="The moon has no water [1].")
    pieces, written = run(generator)

    assert written.answer.text == "Adults take two tablets a day. [1]"
    assert written.answer.support == 0.5
    assert len(generator.asked) == 2
    assert len(pieces) == 1


def test_one_source_is_asked_once_for_all_its_sentences() -> None:
    generator = OfOneSource(f"{HOLDS} {WRONG} Chew the moon with a litre of tablets [2].")
    _, written = run(generator, minimum=0.3)

    assert [len(p.sources) for p in generator.asked] == [2, 1]
    assert written.answer.text == f"Adults take two tablets a day. [1] {MENDED} [2]"


@pytest.mark.parametrize("mode", ["annotate", "withhold"])
def test_the_other_modes_ask_nothing_anew(mode: str) -> None:
    generator = OfOneSource(f"{HOLDS} {WRONG}")
    run(generator, mode=mode)
    assert all(len(p.sources) == 2 for p in generator.asked)


def test_a_pack_may_have_them_left_out_at_once() -> None:
    generator = OfOneSource(f"{HOLDS} {WRONG}")
    _, written = run(generator, rewrites=0)
    assert len(generator.asked) == 1
    assert written.answer.text == "Adults take two tablets a day. [1]"


def test_what_is_all_supported_is_not_asked_again() -> None:
    generator = OfOneSource(HOLDS)
    run(generator)
    assert len(generator.asked) == 1


def test_nothing_is_asked_anew_once_nobody_waits() -> None:
    gone = Event()
    generator = OfOneSource(f"{HOLDS} {WRONG}")
    repair = Repair(2, alone)
    gone.set()
    whole = Generation(f"{HOLDS} {WRONG}", "echo")
    mended = repair.mended(Writer(generator, len), PROMPT, whole, cancel=gone)
    assert (mended.generation, mended.anew, generator.asked) == (whole, (), [])


def test_a_prompt_leaves_room_for_the_answer_in_the_models_context() -> None:
    class Small(EchoGenerator):
        context = 1024

    numbers = GenerationSettings(prompt_tokens=1024, max_tokens=160)
    assert Writer(Small(), len).budget(numbers) == 1024 - 160 - 64
    assert Writer(EchoGenerator(), len).budget(numbers) == 1024
