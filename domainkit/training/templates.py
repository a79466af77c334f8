"""How published projects show a dialogue to a model: their prompts, to the letter.

A template here is a format: each names the file it is in. The default, ``model``, is the base's
own chat template, as answering uses it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from domainkit.errors import TrainingError
from domainkit.generation.template import ChatTemplate
from domainkit.registry import nearest
from domainkit.training.formats.samples import Dialogue
from domainkit.types import Message

MODEL = "model"
_PLACE = re.compile(r"\{(instruction|input|number)\}")
_TASK = "Below is an instruction that describes a task"
_GIVEN = ", paired with an input that provides further context"
_WRITE = ". Write a response that appropriately completes the request."
_DENT = " " * 16  # ChatDoctor's prompt keeps the indentation of the Python it stands in


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a rendered dialogue; ``ends`` when a token that ends the turn follows it."""

    text: str
    trained: bool = False
    ends: bool = False


@dataclass(frozen=True, slots=True)
class Published:
    """A prompt of one question: {instruction}, and {input} where a row has one.

    A template of ``rounds`` shows earlier turns too: {number} counts them from 0.
    """

    name: str
    source: str
    plain: str
    with_input: str = ""
    rounds: str = ""

    def pieces(self, said: Dialogue) -> list[Piece]:
        """Return ``said`` as pieces: the answers are trained, and the token that ends each.

        Raises:
            TrainingError: for a dialogue of several turns where the template shows only one.
        """
        system, turns = _parted(said.turns)
        pairs = list(zip(turns[::2], turns[1::2], strict=True))
        if self.rounds:
            return self._rounds(system, pairs)
        if len(pairs) > 1:
            raise TrainingError(
                f"the template '{self.name}' shows one question, the row has {len(pairs)}",
                hint="template: model shows whole dialogues",
            )
        (asked, answered) = pairs[0]
        return [Piece(self._prompt(system, asked, said.given)), Piece(answered, True, True)]

    def _prompt(self, system: str, asked: str, given: str) -> str:
        if system and not given:  # ChatDoctor's rows: the instruction is the system's
            asked, given = system, asked
        elif given:
            asked = asked.removesuffix(given).removesuffix("\n")
        if given and self.with_input:
            return _filled(self.with_input, instruction=asked, input=given)
        return _filled(self.plain, instruction="\n".join(filter(None, (asked, given))))

    def _rounds(self, system: str, pairs: Sequence[tuple[str, str]]) -> list[Piece]:
        """Return one round after another on lines of their own; only the last is ended."""
        found: list[Piece] = []
        for number, (asked, answered) in enumerate(pairs):
            said = "\n".join(filter(None, ("" if number else system, asked)))
            shown = _filled(self.rounds, number=str(number), instruction=said)
            last = number == len(pairs) - 1
            found += [Piece("\n" * bool(number) + shown), Piece(answered, True, last)]
        return found


TEMPLATES: tuple[Published, ...] = (
    Published(
        "alpaca",
        "https://github.com/tatsu-lab/stanford_alpaca/blob/main/train.py; PMC-LLaMA SFT/train.py",
        f"{_TASK}{_WRITE}\n\n### Instruction:\n{{instruction}}\n\n### Response:",
        f"{_TASK}{_GIVEN}{_WRITE}\n\n### Instruction:\n{{instruction}}\n\n### Input:\n{{input}}"
        "\n\n### Response:",
    ),
    Published(
        "alpaca-lora",
        "https://github.com/tloen/alpaca-lora/blob/main/templates/alpaca.json",
        f"{_TASK}{_WRITE}\n\n### Instruction:\n{{instruction}}\n\n### Response:\n",
        f"{_TASK}{_GIVEN}{_WRITE}\n\n### Instruction:\n{{instruction}}\n\n### Input:\n{{input}}"
        "\n\n### Response:\n",
    ),
    Published(
        "chatdoctor",
        "https://github.com/Kent0n-Li/ChatDoctor/blob/main/train_lora.py",
        f"{_TASK}{_WRITE}  \n\n{_DENT}### Instruction:\n{_DENT}{{instruction}}\n{_DENT}\n"
        f"{_DENT}### Response:\n{_DENT}",
        f"{_TASK}{_GIVEN}{_WRITE} \n\n{_DENT}### Instruction:\n{_DENT}{{instruction}}\n{_DENT}\n"
        f"{_DENT}### Input:\n{_DENT}{{input}}\n{_DENT}\n{_DENT}### Response:\n{_DENT}",
    ),
    Published(
        "bentsao",
        "https://github.com/SCIR-HI/Huatuo-Llama-Med-Chinese/blob/main/templates/med_template.json",
        "下面是一个问题，运用医学知识来正确回答提问.\n### 问题:\n{instruction}\n### 回答:\n",
    ),
    Published(
        "lawgpt",
        "https://github.com/pengxiao-song/LaWGPT/blob/main/templates/law_template.json",
        "你是中国顶尖智能法律顾问 LaWGPT，具备强大的中文法律基础语义理解能力，"
        "能够出色地理解和执行与法律问题和指令。你只能回答与中国法律领域相关的问题，"
        "其余领域的问题请礼貌地拒绝回答。接下来，请依据中国法律来回答下面这个问题。\n"
        "### 问题:\n{instruction}\n### 回答:\n",
    ),
    Published(
        "chatglm",
        "https://github.com/LiuHC0428/LAW-GPT/blob/main/src/train/load_txt.py",
        "",
        rounds="[Round {number}]\n问：{instruction}\n答：",
    ),
    Published(
        "med-chatglm",
        "https://github.com/SCIR-HI/Med-ChatGLM/blob/main/data/train.txt",
        "问题：{instruction}\n回答: ",
    ),
)


def names() -> list[str]:
    """Return the names of all templates."""
    return [MODEL, *(template.name for template in TEMPLATES)]


def pieces(name: str, said: Dialogue, chat: ChatTemplate) -> list[Piece]:
    """Return ``said`` as the template ``name`` shows it; ``chat`` is the base's own.

    Raises:
        TrainingError: for an unknown name, and for a row that the template cannot show.
    """
    if name == MODEL:
        return of_chat(said.turns, chat)
    for template in TEMPLATES:
        if template.name == name:
            return template.pieces(said)
    raise TrainingError(f"there is no template called '{name}'", hint=nearest(name, names()))


def of_chat(turns: Sequence[Message], chat: ChatTemplate) -> list[Piece]:
    """Return ``turns`` as a chat template shows them: every answer is trained.

    A template that shows earlier turns otherwise than it showed them when they were the last
    (some drop what a model thought) trains the last answer alone.
    """
    answers = [i for i, turn in enumerate(turns) if turn.role == "assistant"]
    opened = {i: chat.render(turns[:i]) for i in answers}
    found: list[Piece] = []
    shown = ""
    for i in answers:
        if not opened[i].startswith(shown):
            found, shown = [], ""
        found += [Piece(opened[i][len(shown) :]), Piece(turns[i].content, True, True)]
        shown = opened[i] + turns[i].content
    return found


def _parted(turns: Sequence[Message]) -> tuple[str, list[str]]:
    system = turns[0].content if turns[0].role == "system" else ""
    return system, [turn.content for turn in turns if turn.role != "system"]


def _filled(template: str, **values: str) -> str:
    """Return ``template`` with its places filled at once: a brace in a value stays a brace."""
    return _PLACE.sub(lambda place: values[place[1]], template)
