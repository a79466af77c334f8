"""Where ``domainkit train`` works: in an assistant, or for a pack in one that is made for it."""

from __future__ import annotations

from pathlib import Path

from domainkit import settings
from domainkit.assistant.adapting import Adapting
from domainkit.assistant.folder import Layout
from domainkit.cli.adapters import opened
from domainkit.cli.output import err
from domainkit.errors import TrainingError
from domainkit.packs import loader, scaffold
from domainkit.packs.pack import Pack
from domainkit.training import parallel


def place(assistant: Path | None, domain: str | None, *, dry_run: bool) -> Adapting:
    """Return whose model is tuned, by what settings, and where the adapter goes.

    Args:
        assistant: an assistant's folder; the nearest one upward if None.
        domain: a pack to tune for, instead of an assistant's own. Its adapters go to an assistant
            of the pack, ``assistant`` or DOMAIN-training, which is made where it is not there.
        dry_run: make nothing.

    Raises:
        PackError, SettingsError: when a pack or the settings are wrong.
        TrainingError: when that folder is an assistant of another pack.
    """
    if domain is None:
        return opened(assistant)
    pack = loader.load(domain)
    folder = (assistant or Path(f"{pack.name}-training")).resolve()
    if (folder / settings.FILE).is_file():
        if pack.folder not in loader.load(folder).folders:
            raise TrainingError(
                f"{folder} is an assistant of another pack than {pack.name}",
                hint="give another folder: --assistant DIR",
            )
    elif not dry_run:
        _make(folder, domain, pack)
    return Adapting(settings.load(folder), pack, Layout(folder))


def _make(folder: Path, domain: str, pack: Pack) -> None:
    if not parallel.alone():
        raise TrainingError(
            f"{folder} is not there, and several processes would make it at once",
            hint=f"domainkit new {folder.name} --domain {domain} first",
        )
    planned = scaffold.plan(
        f"{pack.name}-training",
        domain=domain,
        language=pack.manifest.languages[0],
        folder=folder,
        base=folder.parent,
    )
    scaffold.write(planned)
    err.print(f"made {folder}, an assistant to train and gate adapters in", markup=False)
