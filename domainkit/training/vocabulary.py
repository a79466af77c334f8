"""Gives a base pieces of its own for a domain: fewer tokens for the same text.

New pieces are words and stretches that the base spells with many tokens. Each begins as the mean
of the tokens that spelt it, so the model starts from what it knew; the logits of old tokens do not
change. Only the new rows are trained, beside what a recipe's method trains.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from domainkit import extras
from domainkit.errors import TrainingError
from domainkit.generation.base_model import BaseModel, open_base
from domainkit.text.language import HAN
from domainkit.training.data.rows import said
from domainkit.training.formats import files
from domainkit.training.formats.samples import Unusable
from domainkit.training.formats.table import of_row

RECORD = "vocabulary.json"

_PURPOSE = "expanding a vocabulary"
_LONGEST = 8  # characters of a piece: longer ones are sentences of one text
_RARE = 3  # how often a piece stands in the text at least: a row trained less learns nothing
# A stretch of Chinese is cut into pieces by BPE; Latin words are pieces or not as they stand.
_RUN = re.compile(rf"[{HAN}]+|[^\W\d_{HAN}]{{3,}}")
_HELD = 10  # every tenth line tells how much is saved on text that nothing was learnt from


@dataclass(frozen=True, slots=True)
class Expansion:
    """What was added: ``ids`` of new tokens, and tokens a character on text held out."""

    pieces: tuple[str, ...]
    ids: tuple[int, ...]
    before: float
    after: float

    @property
    def saved(self) -> float:
        """The share of tokens that are saved."""
        return 1 - self.after / self.before


def learn(lines: Sequence[str], tokenizer: Any, most: int) -> list[str]:
    """Return at most ``most`` pieces that save the most tokens on ``lines``, the best first.

    Candidates are what BPE (Sennrich et al. 2016) merges in stretches of letters; a piece saves
    one token less than the base spells it with, each time it stands there.
    """
    tokenizers = extras.load("tokenizers", needed_for=_PURPOSE)
    runs = [run for line in lines for run in _RUN.findall(line)]
    learner = tokenizers.Tokenizer(tokenizers.models.BPE())
    learner.pre_tokenizer = tokenizers.pre_tokenizers.WhitespaceSplit()
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=most * 4, min_frequency=_RARE, show_progress=False, max_token_length=_LONGEST
    )
    learner.train_from_iterator(runs, trainer)
    counts = Counter(piece for run in runs for piece in learner.encode(run).tokens)
    known = set(tokenizer.get_vocab())
    spelt = {piece: len(_ids(tokenizer, piece)) for piece in counts if piece not in known}
    saving = {
        piece: counts[piece] * (tokens - 1)
        for piece, tokens in spelt.items()
        if tokens > 1 and counts[piece] >= _RARE
    }
    return sorted(saving, key=lambda piece: (-saving[piece], piece))[:most]


def expand(base: BaseModel, lines: Sequence[str], most: int) -> Expansion:
    """Add pieces learnt from ``lines`` to the model and tokenizer of ``base``; say what it saves.

    Raises:
        TrainingError: when nothing that the base spells badly stands there often enough.
    """
    held, shown = lines[::_HELD], [line for i, line in enumerate(lines) if i % _HELD]
    tokenizer = base.text.tokenizer
    pieces = learn(shown or lines, tokenizer, most)
    if not pieces:
        raise TrainingError(
            "no word of this text is worth a piece: the base spells all with one token, or each "
            f"stands there fewer than {_RARE} times",
            hint="give more text of the domain",
        )
    before = per_character(held, tokenizer)
    spelt = [_ids(tokenizer, piece) for piece in pieces]
    tokenizers = extras.load("tokenizers", needed_for=_PURPOSE)
    tokenizer.add_tokens([tokenizers.AddedToken(piece, normalized=False) for piece in pieces])
    ids = [int(tokenizer.convert_tokens_to_ids(piece)) for piece in pieces]
    _grow(base.model, len(tokenizer), dict(zip(ids, spelt, strict=True)))
    return Expansion(tuple(pieces), tuple(ids), before, per_character(held, tokenizer))


def write(base: Path, lines: Sequence[str], most: int, folder: Path) -> Expansion:
    """Write the model at ``base`` with new pieces to ``folder``, and return what they save.

    Raises:
        TrainingError: when ``folder`` is there, or nothing is worth a piece.
        ModelError: when the base cannot be opened.
    """
    if folder.exists():
        raise TrainingError(f"{folder} is there already", hint="give another folder, or remove it")
    opened = open_base(base)
    made = expand(opened, lines, most)
    words = opened.text.tokenizer
    words.chat_template = opened.text.chat.source
    opened.model.generation_config.eos_token_id = sorted(opened.text.stops)
    opened.model.save_pretrained(folder)
    words.save_pretrained(folder)
    record = {"schema": 1, **asdict(made)}
    (folder / RECORD).write_text(json.dumps(record, ensure_ascii=False, indent=1) + "\n")
    return made


def lines_of(path: Path) -> list[str]:
    """Return the lines of a text, or of every text in a file of rows.

    Raises:
        TrainingError: when the file cannot be read.
    """
    found: list[str] = []
    for one in files.read(path, path.name):
        layout = of_row(one.row)
        if layout is None:
            continue
        try:
            texts = [text for sample in layout.read(one.row) for text in said(sample)]
        except Unusable:  # what cannot be trained on teaches no pieces either
            continue
        found += [line for text in texts for line in text.splitlines() if line.strip()]
    return found


def rows_of(base: Path) -> tuple[int, ...]:
    """Return the tokens that were added to the model at ``base``, whose rows are to be trained."""
    path = base / RECORD
    if not base.is_dir() or not path.is_file():
        return ()
    return tuple(json.loads(path.read_text(encoding="utf-8"))["ids"])


def per_character(lines: Sequence[str], tokenizer: Any) -> float:
    """Return how many tokens a character of ``lines`` takes."""
    letters = sum(len(line) for line in lines)
    return sum(len(_ids(tokenizer, line)) for line in lines) / max(1, letters)


def _grow(model: Any, size: int, spelt: dict[int, list[int]]) -> None:
    """Give ``model`` rows for new tokens, each the mean of the rows that spelt it before."""
    torch = extras.load("torch", needed_for=_PURPOSE)
    model.resize_token_embeddings(size, mean_resizing=False)
    layers = [model.get_input_embeddings()]
    if not model.config.tie_word_embeddings:
        layers.append(model.get_output_embeddings())
    with torch.no_grad():
        for layer in layers:
            for token, parts in spelt.items():
                layer.weight[token] = layer.weight[parts].mean(dim=0)


def _ids(tokenizer: Any, text: str) -> list[int]:
    ids: list[int] = tokenizer(text, add_special_tokens=False)["input_ids"]
    return ids
