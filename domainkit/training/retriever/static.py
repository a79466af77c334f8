"""A static embedder, made where no model can be had: the mean of vectors of its own tokens.

Its tokens are learnt from the owner's passages (unigrams of sentencepiece's kind, in any script),
its vectors begin at random and are trained like any embedder's, in minutes on two cores.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from domainkit import extras

_PURPOSE = "making a static embedder"
_TOKENS = 8000
_DIM = 256
_UNKNOWN = "<unk>"


def build(texts: Sequence[str], folder: Path, *, seed: int) -> Any:
    """Return a static model with tokens learnt from ``texts``, as it is before it is trained.

    It is kept in ``folder``; where one stands there from an interrupted run, that is returned.
    """
    library = extras.load("sentence_transformers", needed_for=_PURPOSE)
    if not folder.is_dir():
        modules = extras.load(
            "sentence_transformers.sentence_transformer.modules", needed_for=_PURPOSE
        )
        extras.load("torch", needed_for=_PURPOSE).manual_seed(seed)
        bag = modules.StaticEmbedding(_tokenizer(texts), embedding_dim=_DIM)
        model = library.SentenceTransformer(modules=[bag, modules.Normalize()], device="cpu")
        model.save(str(folder), create_model_card=False)
    return library.SentenceTransformer(str(folder), local_files_only=True, device="cpu")


def _tokenizer(texts: Sequence[str]) -> Any:
    library = extras.load("tokenizers", needed_for=_PURPOSE)
    tokenizer = library.Tokenizer(library.models.Unigram())
    normalizers = [library.normalizers.NFKC(), library.normalizers.Lowercase()]
    tokenizer.normalizer = library.normalizers.Sequence(normalizers)
    splits = [library.pre_tokenizers.UnicodeScripts(), library.pre_tokenizers.Whitespace()]
    tokenizer.pre_tokenizer = library.pre_tokenizers.Sequence(splits)
    trainer = library.trainers.UnigramTrainer(
        vocab_size=_TOKENS, special_tokens=[_UNKNOWN], unk_token=_UNKNOWN, show_progress=False
    )
    tokenizer.train_from_iterator(texts, trainer=trainer, length=len(texts))
    return tokenizer
