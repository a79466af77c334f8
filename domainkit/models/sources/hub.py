"""Takes a model from the model hub, or from a mirror that speaks its address scheme.

The files are plain downloads of a pinned commit. ``huggingface_hub`` is not used for them: its
version 2 begins a broken download anew, and it would have to be let off its offline switch.
"""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote

from domainkit.models.catalog import Hub, Model
from domainkit.models.sources import Advance
from domainkit.models.sources.transfer import download

_HUB = "https://huggingface.co"


def take(model: Model, source: Hub, into: Path, *, advance: Advance) -> None:
    """Download the artefacts of ``model`` at the revision the catalogue pins.

    ``HF_ENDPOINT`` names a mirror and ``HF_TOKEN`` a token for it, as for other hub clients.

    Raises:
        ModelError: when the hub cannot be reached or has no such file.
    """
    endpoint = os.environ.get("HF_ENDPOINT", "").rstrip("/") or _HUB
    token = os.environ.get("HF_TOKEN", "").strip()
    done = 0
    for artefact in model.artefacts:
        target = into / artefact.path
        if not (target.is_file() and target.stat().st_size == artefact.size):
            address = f"{source.repository}/resolve/{source.revision}/{quote(artefact.path)}"
            download(
                f"{endpoint}/{address}",
                target,
                size=artefact.size,
                token=token,
                advance=_after(done, advance),
            )
        done += artefact.size
        advance(done)


def _after(done: int, advance: Advance) -> Advance:
    return lambda count: advance(done + count)
