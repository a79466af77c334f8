"""Puts an adapter into a pack under development, for every assistant of the pack to use.

Only what a pack's adapter is made of is copied, and nothing of it names a place on this machine.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path, PurePath

from domainkit.errors import ModelError
from domainkit.generation import gated
from domainkit.generation.adapters import Adapter
from domainkit.generation.export import staged
from domainkit.generation.prompt import template_hash
from domainkit.packs import adapterfiles
from domainkit.packs.pack import Pack
from domainkit.packs.problems import PackProblems
from domainkit.packs.schemas.adapter import CARD, CONFIG, MANIFEST, NAME, PLOT, WEIGHTS, Manifest

_ALIKE = "-instruct"  # the folder of smollm2-135m-instruct is smollm2-135m


def ship(
    adapter: Adapter,
    pack: Pack,
    *,
    card: Callable[[Manifest], str],
    name: str = "",
    ungated: bool = False,
) -> Path:
    """Copy ``adapter`` to ``adapters/<base>/`` of ``pack``, whole or not at all; return where.

    Args:
        adapter: one that passed the gate.
        pack: whose prompts it was tuned with.
        card: writes the card of a record.
        name: what the pack calls it, if not as it is called here.
        ungated: take one without a verdict, or a refused one; no assistant uses it by default.

    Raises:
        ModelError: when the pack has an adapter of that base, the gate did not pass this one, or
            it was tuned with other prompts.
        PackProblems: naming all that keeps it from being a pack's: too large, no licence …
    """
    record, verdict = adapter.manifest, gated.read(adapter)
    adapter.check_whole()
    if not ungated:
        gated.check_passed(adapter)
    if record.pack.prompt != template_hash(pack):
        raise ModelError(
            f"{adapter.folder}: adapter '{record.name}' was tuned with other prompts than those "
            f"of the pack '{pack.name}', so none of its assistants could use it",
            hint=record.command,
        )
    if name and not NAME.fullmatch(name):
        raise ModelError(
            f"'{name}' cannot be an adapter's name",
            hint="use lower-case letters, digits, '.', '_' and '-', 64 at most",
        )
    base = PurePath(record.base.name).name.removesuffix(_ALIKE)
    target = pack.folder / adapterfiles.FOLDER / base
    if target.exists():
        raise ModelError(f"{target} is there already", hint="remove it, then do this again")
    with staged(target) as folder:
        shutil.copyfile(adapter.folder / WEIGHTS, folder / WEIGHTS)
        if (adapter.folder / PLOT).is_file():
            shutil.copyfile(adapter.folder / PLOT, folder / PLOT)
        shipped = _of_pack(placeless(record), pack, name or record.name)
        _write(adapter, shipped, card(shipped), folder)
        if verdict:
            command = f"domainkit adapters gate {shipped.name}"
            said = {"adapter": shipped.name, "command": command}
            gated.put(verdict.model_copy(update=said), folder)
        shown = f"{pack.name}/{adapterfiles.FOLDER}/{base}"
        if faults := list(adapterfiles.within(folder, shown)):
            raise PackProblems(faults, hint="mend what the rows or the recipe say, and train anew")
    return target


def _of_pack(record: Manifest, pack: Pack, name: str) -> Manifest:
    """Return ``record`` as ``name`` of ``pack``, whose prompts are those it was tuned with.

    The prompts of each language of its rows are told by themselves.
    """
    languages = record.languages or pack.manifest.languages
    alone = {language: template_hash(pack, [language]) for language in sorted(languages)}
    of_pack = {"name": pack.name, "version": pack.manifest.version, "alone": alone}
    tuned = record.pack.model_copy(update=of_pack)
    return record.model_copy(update={"name": name, "pack": tuned})


def placeless(record: Manifest) -> Manifest:
    """Return ``record`` with names where it gave paths of this machine."""
    recipe = dict(record.recipe)
    base = recipe.get("base", {})
    if base.get("kind") == "folder":
        recipe["base"] = {**base, "name": record.base.name}
    given = PurePath(record.recipe_given)
    name = given.stem if given.suffix in (".yaml", ".yml") else record.recipe_given
    return record.model_copy(update={"recipe_given": name, "recipe": recipe})


def _write(adapter: Adapter, record: Manifest, card: str, folder: Path) -> None:
    """Write the record, the card and PEFT's configuration of ``adapter`` to ``folder``."""
    text = record.model_dump_json(by_alias=True, indent=2) + "\n"
    (folder / MANIFEST).write_text(text, encoding="utf-8")
    (folder / CARD).write_text(card, encoding="utf-8")
    config = json.loads((adapter.folder / CONFIG).read_text(encoding="utf-8"))
    config["base_model_name_or_path"] = record.base.name
    (folder / CONFIG).write_text(json.dumps(config, indent=2, sort_keys=True) + "\n", "utf-8")
