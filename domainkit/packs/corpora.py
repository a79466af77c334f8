"""Corpora a pack names and does not ship: lists them, and fetches those the network reaches."""

from __future__ import annotations

import hashlib
import tempfile
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import BinaryIO, Literal

import yaml

from domainkit.errors import PackError
from domainkit.packs.checking import nearest
from domainkit.packs.corpus import FILE, FOLDER
from domainkit.packs.files import read_yaml
from domainkit.packs.loader import resolve
from domainkit.packs.merge import Layer
from domainkit.packs.pack import Pack
from domainkit.packs.schemas.sources import Corpus, Sources

LARGEST = 200_000_000  # bytes of one file; the largest that a pack names today is below 1 MB
PATIENCE = 30.0  # seconds without a byte
_STEP = 1 << 16  # bytes read at a time

Open = Callable[[str], BinaryIO]


@dataclass(frozen=True, slots=True)
class Fetched:
    """What became of one corpus: ``fetched``, ``present`` or ``failed``, and then why."""

    corpus: Corpus
    outcome: Literal["fetched", "present", "failed"]
    path: Path
    why: str = ""


def sources(pack: Pack) -> Sources:
    """Return the texts and corpora that a pack and its parents name, nearest first.

    Raises:
        PackError: when a ``SOURCES.yaml`` is unsound.
    """
    found = [read for folder in pack.folders if (read := _read(folder))]
    corpora: dict[str, Corpus] = {}
    for one in found:
        for corpus in one.corpora:
            corpora.setdefault(corpus.name, corpus)
    texts = tuple(source for one in found for source in one.sources)
    return Sources(sources=texts, corpora=tuple(corpora.values()))


def chosen(pack: Pack, names: Sequence[str]) -> tuple[Corpus, ...]:
    """Return the corpora of ``pack`` called ``names``, or all of them where no name is given.

    Raises:
        PackError: when a name is unknown, or the pack names no corpora.
    """
    known = {corpus.name: corpus for corpus in sources(pack).corpora}
    if not known:
        raise PackError(
            f"{pack.name}: names no corpora to fetch",
            hint=f"list them under 'corpora' in {FOLDER}/{FILE}",
        )
    for name in names:
        if name not in known:
            raise PackError(
                f"{pack.name}: has no corpus '{name}'{nearest(name, list(known))}",
                hint=f"domainkit pack show {pack.name} --sources",
            )
    return tuple(known[name] for name in dict.fromkeys(names)) or tuple(known.values())


def fetch(corpus: Corpus, into: Path, *, opened: Open | None = None) -> Fetched:
    """Bring ``corpus`` into the folder ``into``, with a sidecar that says what it is.

    A file that is there already is kept, unless it has not the checksum that the pack names.

    Args:
        corpus: what to fetch.
        into: the folder, made where it is missing.
        opened: opens an address; by default over the network.
    """
    path = into / corpus.file
    if path.is_file() and corpus.sha256 in (None, hashlib.sha256(path.read_bytes()).hexdigest()):
        return Fetched(corpus, "present", path)
    try:
        into.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=into, prefix=".fetching-") as work:
            draft = Path(work) / corpus.file
            with (opened or _opened)(corpus.url) as stream:
                digest = _copied(stream, draft)
            if corpus.sha256 not in (None, digest):
                return Fetched(corpus, "failed", path, f"its sha256 is {digest}, another text")
            draft.replace(path)
    except (OSError, HTTPException, _TooLarge) as error:
        return Fetched(corpus, "failed", path, str(getattr(error, "reason", None) or error))
    _describe(corpus, path)
    return Fetched(corpus, "fetched", path)


class _TooLarge(Exception):
    """A file is larger than ``LARGEST``."""


def _copied(stream: BinaryIO, path: Path) -> str:
    """Write ``stream`` to ``path``; return the SHA-256 of what was written."""
    digest, size = hashlib.sha256(), 0
    with path.open("wb") as file:
        while part := stream.read(_STEP):
            size += len(part)
            if size > LARGEST:
                raise _TooLarge(f"it is larger than {LARGEST:,} bytes")
            digest.update(part)
            file.write(part)
    return digest.hexdigest()


def _opened(url: str) -> BinaryIO:
    request = urllib.request.Request(url, headers={"User-Agent": "domainkit"})  # noqa: S310
    answered: BinaryIO = urllib.request.urlopen(request, timeout=PATIENCE)  # noqa: S310 - https
    return answered


def _describe(corpus: Corpus, path: Path) -> None:
    """Write the sidecar, so that what is cited carries its address and licence."""
    said = {
        "title": corpus.title,
        "language": corpus.language,
        "jurisdiction": corpus.jurisdiction,
        "profile": corpus.profile,
        "url": corpus.url,
        "licence": corpus.licence,
    }
    kept = {key: value for key, value in said.items() if value}
    text = yaml.safe_dump(kept, allow_unicode=True, sort_keys=False)
    path.with_name(f"{path.name}.meta.yaml").write_text(text, encoding="utf-8")


def _read(folder: Path) -> Sources | None:
    path = folder / FOLDER / FILE
    if not path.is_file():
        return None
    shown = f"{folder.name}/{FOLDER}/{FILE}"
    return resolve(Sources, [Layer(folder.name, shown, read_yaml(path, shown))])[0]
