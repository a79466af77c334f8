"""Imports a checkpoint: plans, converts one weight file after another, and writes its card."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from domainkit import __version__, extras
from domainkit.errors import ModelError
from domainkit.models import cache, families
from domainkit.models.importing import layout, shards, words

CARD = "IMPORTED.md"
_PURPOSE = "importing a checkpoint"
_NAMED = 5  # keys an error names; it counts the others
_SPARE = 64 << 20  # bytes beside the weights: tokenizer, index, card

Progress = Callable[[str, int, int], None]  # a file, how many are done, of how many


@dataclass(frozen=True, slots=True)
class Plan:
    """What importing a checkpoint would make of it; nothing is written yet.

    ``tensors`` counts native ones, ``size`` adds up the bytes of the checkpoint's weight files.
    ``template`` says whether the chat template is the checkpoint's own or domainkit's.
    """

    source: Path
    kind: words.Kind
    config: Mapping[str, Any]
    files: tuple[Path, ...]
    tensors: int
    size: int
    template: str
    words: words.Words
    sizes: layout.Shape


def plan(folder: Path) -> Plan:
    """Return what importing the checkpoint in ``folder`` would do.

    Raises:
        ModelError: when it is none of those that can be imported, is not whole, or holds a tensor
            that is not known.
        MissingExtra: when torch, transformers, tokenizers or safetensors is not installed.
    """
    config = _config(folder)
    family = families.find(str(config.get("model_type", "")))
    if family.refused and family.refused.key in config:
        raise ModelError(
            f"{folder}: the model cannot be imported: it {family.refused.why}",
            hint=family.refused.hint,
        )
    if not family.imported_as:
        raise ModelError(
            f"{folder}: '{family.name}' needs no import: transformers runs it as it is",
            hint='name the folder in generation.model, or base: {kind: folder, name: "…"}',
        )
    sizes, files = layout.shape(config), shards.files(folder)
    tensors = _check_keys(folder, files, sizes)
    made = words.convert(folder)
    return Plan(
        source=folder,
        kind=made.kind,
        config=layout.native(
            config, ends=made.ends, pad=made.pad, divides=made.kind == "chatglm2"
        ),
        files=tuple(files),
        tensors=tensors,
        size=sum(file.stat().st_size for file in files),
        template=made.template,
        words=made,
        sizes=sizes,
    )


def run(
    planned: Plan,
    target: Path,
    *,
    today: date,
    progress: Progress = lambda file, done, total: None,
) -> Path:
    """Write the native model to the folder ``target``, whole or not at all, and return it.

    No more than one of the checkpoint's weight files is in memory at a time.

    Raises:
        ModelError: when ``target`` is there, or the disk has no room.
    """
    if target.exists():
        raise ModelError(f"{target} is there already", hint="give another --to, or remove it")
    target.parent.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(target.parent).free
    if free < planned.size + _SPARE:
        raise ModelError(
            f"{target.parent} has {free / 1e9:.1f} GB free, {planned.size / 1e9:.1f} are needed",
            hint="give --to on another disk",
        )
    made = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}-"))
    try:
        _weights(planned, made, progress)
        text = json.dumps(planned.config, ensure_ascii=False, indent=2)
        (made / "config.json").write_text(text + "\n", encoding="utf-8")
        ends = {key: planned.config[key] for key in ("eos_token_id", "pad_token_id")}
        (made / "generation_config.json").write_text(json.dumps(ends, indent=2) + "\n")
        planned.words.tokenizer.save_pretrained(made)
        (made / CARD).write_text(_card(planned, made, today), encoding="utf-8")
        made.chmod(target.parent.stat().st_mode)
        made.rename(target)
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return target


def _config(folder: Path) -> Mapping[str, Any]:
    path = folder / "config.json"
    try:
        config: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise ModelError(
            f"{path}: no configuration can be read here: {why}",
            hint="give the folder of a whole checkpoint",
        ) from error
    return config


def _check_keys(folder: Path, files: list[Path], sizes: layout.Shape) -> int:
    """Return how many native tensors the files hold, once that is all of them and no other."""
    unknown: list[str] = []
    found: set[str] = set()
    for file in files:
        for key, shape in shards.shapes(file).items():
            names = layout.targets(key, sizes)
            if names is None:
                unknown.append(key)
            else:
                found |= {*names}
                if len(names) > 1 and shape[0] != (rows := sum(sizes.rows)):
                    raise ModelError(
                        f"{file}: {key} has {shape[0]:,} rows, config.json says {rows:,}",
                        hint="import the full-precision checkpoint as it was published",
                    )
    for what, wrong in (
        ("holds tensors that are not known", unknown),
        ("lacks tensors", sorted(layout.expected(sizes) - found)),
    ):
        if wrong:
            more = f" and {len(wrong) - _NAMED:,} more" if len(wrong) > _NAMED else ""
            raise ModelError(
                f"{folder} {what}: {', '.join(wrong[:_NAMED])}{more}",
                hint="give a whole ChatGLM2-6B, ChatGLM3-6B or GLM-4-9B, not quantised",
            )
    return len(found)


def _weights(planned: Plan, folder: Path, progress: Progress) -> None:
    save = extras.load("safetensors.torch", needed_for=_PURPOSE).save_file
    total, index, size = len(planned.files), dict[str, str](), 0
    for number, source in enumerate(planned.files, start=1):
        progress(source.name, number - 1, total)
        name = f"model-{number:05}-of-{total:05}.safetensors" if total > 1 else "model.safetensors"
        held = dict(_converted(source, planned.sizes))
        save(held, str(folder / name), metadata={"format": "pt"})
        index |= dict.fromkeys(held, name)
        size += sum(tensor.nbytes for tensor in held.values())
        del held
        progress(source.name, number, total)
    if total > 1:
        content = {"metadata": {"total_size": size}, "weight_map": index}
        text = json.dumps(content, indent=2)
        (folder / "model.safetensors.index.json").write_text(text + "\n")


def _converted(source: Path, sizes: layout.Shape) -> Iterator[tuple[str, Any]]:
    for key, tensor in shards.tensors(source):
        names = layout.targets(key, sizes)
        if names:  # none stands for what is computed anew
            parts = layout.divided(tensor, sizes) if len(names) > 1 else (tensor.contiguous(),)
            yield from zip(names, parts, strict=True)


def _card(planned: Plan, folder: Path, today: date) -> str:
    made = sorted(p for p in folder.iterdir() if p.name != CARD)
    rows = [("from", file) for file in planned.files] + [("made", file) for file in made]
    hashes = "\n".join(f"| {what} | {p.name} | `{cache.sha256(p)}` |" for what, p in rows)
    return f"""# {planned.source.name}, imported

The weights of {planned.source.name} ({planned.kind}) in the layout of transformers' own
`GlmForCausalLM`, converted on {today.isoformat()} by domainkit {__version__}: nothing was trained
and no code of the checkpoint was run. The chat template is {planned.template}'s. The licence is
that of the checkpoint.

| | file | SHA-256 |
|---|---|---|
{hashes}
"""
