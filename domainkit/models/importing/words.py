"""Makes the tokenizer of an imported checkpoint: its words, special tokens and chat template.

ChatGLM2 and ChatGLM3 have a SentencePiece model and number their special tokens after its words
(tokenization_chatglm.py). GLM-4-9B has a file of ranked byte strings; its numbers for special
tokens stand in tokenizer_config.json, and how a text is cut before that in code alone, which is
not run here: ``_CUT`` says the same.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from domainkit import extras
from domainkit.errors import ModelError
from domainkit.models.importing import sentencepiece

Kind = Literal["chatglm2", "chatglm3", "glm4"]

FILE = "tokenizer.model"
_PURPOSE = "converting a tokenizer"
_CONFIG, _CODE = "tokenizer_config.json", "tokenization_chatglm.py"
_MARKS = ("[MASK]", "[gMASK]", "[sMASK]", "sop", "eop")
_ROLES = ("<|system|>", "<|user|>", "<|assistant|>", "<|observation|>")
_CUT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|"
    r" ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


@dataclass(frozen=True, slots=True)
class Words:
    """A tokenizer of transformers, and what ends a turn; ``template`` is whose template it has."""

    kind: Kind
    tokenizer: Any
    ends: tuple[int, ...]
    pad: int
    template: Literal["checkpoint", "domainkit"]


def kind(folder: Path) -> Kind:
    """Return which of the three the checkpoint in ``folder`` is, by its tokenizer's files.

    Raises:
        ModelError: when there is no tokenizer.model.
    """
    path = folder / FILE
    if not path.is_file():
        raise ModelError(
            f"{folder}: there is no {FILE} here, so its words are not known",
            hint="fetch the whole checkpoint",
        )
    with path.open("rb") as file:
        first = file.readline(256)
    if _ranked(first) is not None:
        return "glm4"
    said = "".join(
        (folder / name).read_text(encoding="utf-8")
        for name in (_CONFIG, _CODE)
        if (folder / name).is_file()
    )
    return "chatglm3" if _ROLES[1] in said else "chatglm2"


def convert(folder: Path) -> Words:
    """Return the tokenizer of the checkpoint in ``folder``.

    Raises:
        ModelError: when its files cannot be read, or lack a special token.
        MissingExtra: when transformers or tokenizers is not installed.
    """
    which, config = kind(folder), _read(folder / _CONFIG)
    ends: tuple[str, ...]
    if which == "glm4":
        made, special = _bytes(folder / FILE), _numbered(folder / _CONFIG, config)
        made.add_special_tokens([_added(word) for word in special])
        end, pad, unknown = "<|endoftext|>", "<|endoftext|>", None
        ends = (end, "<|user|>", "<|observation|>")
    else:
        added = (*_MARKS, *_ROLES) if which == "chatglm3" else _MARKS
        made = sentencepiece.tokenizer(sentencepiece.read(folder / FILE), added)
        end, pad, unknown = "</s>", "<unk>", "<unk>"
        ends = (end, "<|user|>", "<|observation|>") if which == "chatglm3" else (end,)
    numbers = {word: made.token_to_id(word) for word in (*ends, pad)}
    if absent := [word for word, number in numbers.items() if number is None]:
        raise ModelError(f"{folder / FILE} has no {', '.join(absent)}", hint="fetch it anew")
    transformers = extras.load("transformers", needed_for=_PURPOSE)
    words = transformers.PreTrainedTokenizerFast(
        tokenizer_object=made,
        eos_token=end,
        pad_token=pad,
        unk_token=unknown,
        padding_side="left",
        clean_up_tokenization_spaces=False,
    )
    own = config.get("chat_template")
    words.chat_template = own if isinstance(own, str) else _template(which)
    source: Literal["checkpoint", "domainkit"] = "checkpoint" if own else "domainkit"
    return Words(which, words, tuple(numbers[word] for word in ends), numbers[pad], source)


def _template(which: Kind) -> str:
    return Path(__file__).with_name(f"{which}.jinja").read_text(encoding="utf-8").rstrip("\n")


def _read(path: Path) -> Mapping[str, Any]:
    if not path.is_file():
        return {}
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ModelError(f"{path}: {error}", hint="fetch it anew") from error
    return content


def _numbered(path: Path, config: Mapping[str, Any]) -> list[str]:
    """Return the special tokens in the order of their numbers, which follow the words'."""
    listed = config.get("added_tokens_decoder", {})
    if not listed:
        raise ModelError(
            f"{path}: added_tokens_decoder is absent, so the special tokens have no numbers",
            hint="fetch the whole checkpoint",
        )
    return [listed[number]["content"] for number in sorted(listed, key=int)]


def _bytes(path: Path) -> Any:
    """Return the tokenizer that a file of ranked byte strings describes."""
    library = extras.load("tokenizers", needed_for=_PURPOSE)
    ranks: dict[bytes, int] = {}
    for number, line in enumerate(path.read_bytes().splitlines(), start=1):
        if line and (ranked := _ranked(line)) is None:
            raise ModelError(f"{path}:{number}: not a word and its rank", hint="fetch it anew")
        if line and ranked:
            ranks[ranked[0]] = ranked[1]
    spelling = _spelling()

    def spelt(word: bytes) -> str:
        return "".join(spelling[byte] for byte in word)

    vocabulary = {spelt(word): rank for word, rank in ranks.items()}
    merges = [
        (spelt(word[:cut]), spelt(word[cut:]))
        for word, _ in sorted(ranks.items(), key=lambda item: item[1])
        for cut in sorted(_cuts(word, ranks), key=lambda at: (ranks[word[:at]], ranks[word[at:]]))
    ]
    made = library.Tokenizer(library.models.BPE(vocabulary, merges))
    made.pre_tokenizer = library.pre_tokenizers.Sequence(
        [
            library.pre_tokenizers.Split(library.Regex(_CUT), "isolated"),
            library.pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    made.decoder = library.decoders.ByteLevel()
    return made


def _cuts(word: bytes, ranks: Mapping[bytes, int]) -> list[int]:
    return [at for at in range(1, len(word)) if word[:at] in ranks and word[at:] in ranks]


def _ranked(line: bytes) -> tuple[bytes, int] | None:
    try:
        word, rank = line.split()
        return base64.b64decode(word, validate=True), int(rank)
    except (ValueError, binascii.Error):
        return None


def _spelling() -> list[str]:
    """Return the character that stands for each byte in a byte-level vocabulary (GPT-2's)."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = (byte for byte in range(256) if byte not in printable)
    moved = {byte: chr(256 + number) for number, byte in enumerate(others)}
    return [moved.get(byte) or chr(byte) for byte in range(256)]


def _added(word: str) -> Any:
    library = extras.load("tokenizers", needed_for=_PURPOSE)
    return library.AddedToken(word, normalized=False, special=True)
