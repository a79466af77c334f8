"""Published prompts to the letter, and of each which tokens are trained."""

from __future__ import annotations

import pytest
import tiny_model

from domainkit.errors import TrainingError
from domainkit.generation.template import ChatTemplate
from domainkit.models import families
from domainkit.training.formats.alpaca import ALPACA, CHATDOCTOR_ROWS
from domainkit.training.formats.samples import Dialogue
from domainkit.training.masks import IGNORED, Shape, encode_pieces, encode_text
from domainkit.training.templates import MODEL, names, pieces
from domainkit.types import Message

ROW = ALPACA.read({"instruction": "Count.", "input": "{a b}", "output": "Two."})[0]
BARE = ALPACA.read({"instruction": "多少片？", "input": "", "output": "两片"})[0]
DOCTOR = CHATDOCTOR_ROWS.read(
    {
        "instruction": "If you are a doctor, please answer the medical questions based on the "
        "patient's description.",
        "input": "It hurts.",
        "output": "Rest.",
    }
)[0]
LONG = Dialogue(
    tuple(
        Message("user" if i % 2 == 0 else "assistant", word)
        for i, word in enumerate(("a?", "b.", "c?", "d."))
    )
)
CHAT = ChatTemplate(tiny_model.CHATML)
TASK = "Below is an instruction that describes a task"
GIVEN = f"{TASK}, paired with an input that provides further context. "
WRITE = "Write a response that appropriately completes the request."
DENT = " " * 16

# What is shown before the answer, written out as the projects' own files have it.
SHOWN = {
    "alpaca": (
        ROW,
        f"{GIVEN}{WRITE}\n\n### Instruction:\nCount.\n\n### Input:\n{{a b}}\n\n### Response:",
    ),
    "alpaca-lora": (
        ROW,
        f"{GIVEN}{WRITE}\n\n### Instruction:\nCount.\n\n### Input:\n{{a b}}\n\n### Response:\n",
    ),
    "alpaca ": (BARE, f"{TASK}. {WRITE}\n\n### Instruction:\n多少片？\n\n### Response:"),
    "chatdoctor": (
        DOCTOR,
        f"{GIVEN}{WRITE} \n\n{DENT}### Instruction:\n{DENT}If you are a doctor, please answer the "
        f"medical questions based on the patient's description.\n{DENT}\n{DENT}### Input:\n{DENT}"
        f"It hurts.\n{DENT}\n{DENT}### Response:\n{DENT}",
    ),
    "bentsao": (
        BARE,
        "下面是一个问题，运用医学知识来正确回答提问.\n### 问题:\n多少片？\n### 回答:\n",
    ),
    "lawgpt": (
        BARE,
        "你是中国顶尖智能法律顾问 LaWGPT，具备强大的中文法律基础语义理解能力，能够出色地理解和"
        "执行与法律问题和指令。你只能回答与中国法律领域相关的问题，其余领域的问题请礼貌地拒绝回答。"
        "接下来，请依据中国法律来回答下面这个问题。\n"
        "### 问题:\n多少片？\n### 回答:\n",
    ),
    "chatglm": (BARE, "[Round 0]\n问：多少片？\n答："),
    "med-chatglm": (BARE, "问题：多少片？\n回答: "),
    "model": (BARE, "<|im_start|>user\n多少片？<|im_end|>\n<|im_start|>assistant\n"),
}


@pytest.mark.parametrize("name", SHOWN)
def test_a_prompt_is_the_published_one_and_the_answer_alone_is_trained(name: str) -> None:
    row, prompt = SHOWN[name]
    said = pieces(name.strip(), row, CHAT)
    assert "".join(piece.text for piece in said if not piece.trained) == prompt
    words = tiny_model.tokenizer()
    end = words.eos_token_id
    made = encode_pieces(said, words, Shape(end, 4000), place="row")
    assert made is not None
    answer = row.turns[-1].content
    assert words.decode(made.trained) == f"{answer}<|im_end|>"
    assert words.decode(made.ids) == f"{prompt}{answer}<|im_end|>"
    # A token at a time: what comes before the answer is not trained, and all of it is.
    start = len(words(prompt, add_special_tokens=False)["input_ids"])
    assert made.labels == (*[IGNORED] * start, *made.ids[start:])


def test_every_template_has_its_golden_prompt() -> None:
    assert {name.strip() for name in SHOWN} == set(names())


def test_every_answer_of_a_dialogue_is_trained_once_with_its_end() -> None:
    words = tiny_model.tokenizer()
    said = pieces(MODEL, LONG, CHAT)
    made = encode_pieces(said, words, Shape(words.eos_token_id, 4000), place="row")
    assert made is not None
    assert words.decode(made.trained) == "b.<|im_end|>d.<|im_end|>"
    whole = CHAT.render(LONG.turns, add_generation_prompt=False)
    assert whole.startswith(words.decode(made.ids))


def test_where_earlier_turns_are_shown_otherwise_the_last_answer_alone_is_trained() -> None:
    plain = families.find("bloom").template
    assert plain is not None
    chat = ChatTemplate(plain, {"eos_token": "<|im_end|>"})
    said = pieces(MODEL, LONG, chat)
    assert [piece.text for piece in said if piece.trained] == ["d."]
    assert said[0].text == chat.render(LONG.turns[:3])


def test_rounds_of_chatglm_are_numbered_and_only_the_last_is_ended() -> None:
    said = pieces("chatglm", LONG, CHAT)
    assert (
        "".join(piece.text for piece in said)
        == "[Round 0]\n问：a?\n答：b.\n[Round 1]\n问：c?\n答：d."
    )
    assert [piece.ends for piece in said] == [False, False, False, True]


def test_a_template_of_one_question_refuses_a_dialogue() -> None:
    with pytest.raises(TrainingError, match="shows one question, the row has 2"):
        pieces("alpaca", LONG, CHAT)
    with pytest.raises(TrainingError, match="did you mean alpaca"):
        pieces("alpacca", BARE, CHAT)


def test_what_is_too_long_is_refused_left_out_or_cut() -> None:
    words = tiny_model.tokenizer()
    said = pieces("med-chatglm", BARE, CHAT)
    end = words.eos_token_id
    whole = encode_pieces(said, words, Shape(end, 100), place="row")
    assert whole is not None
    room = len(whole.ids) - 2
    with pytest.raises(TrainingError, match=r"row: the example has \d+ tokens"):
        encode_pieces(said, words, Shape(end, room), place="row")
    assert encode_pieces(said, words, Shape(end, room, too_long="leave-out"), place="row") is None
    cut = encode_pieces(said, words, Shape(end, room, too_long="cut"), place="row")
    assert cut is not None
    assert cut.ids == whole.ids[:room]
    assert encode_pieces(said, words, Shape(end, 5, too_long="cut"), place="row") is None


def test_the_whole_row_is_trained_where_the_mask_says_so_but_for_its_first_token() -> None:
    words = tiny_model.tokenizer()
    said = pieces("med-chatglm", BARE, CHAT)
    made = encode_pieces(said, words, Shape(words.eos_token_id, 100, whole=True), place="row")
    assert made is not None
    assert made.labels == (IGNORED, *made.ids[1:])


def test_a_text_is_trained_whole_in_rows_of_the_length_allowed() -> None:
    words = tiny_model.tokenizer()
    rows = encode_text("a text of some words", words, Shape(0, 8), place="row")
    ids = [token for row in rows for token in row.ids]
    assert words.decode(ids) == "a text of some words<|im_end|>"
    assert all(row.labels == (IGNORED, *row.ids[1:]) for row in rows)
    with pytest.raises(TrainingError, match="no token of this row is trained"):
        encode_text("", words, Shape(0, 8), place="row")
