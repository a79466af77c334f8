"""Which adapters an assistant has, and which of them writes where none is named.

Its own come first. A pack may bring an adapter too: one that passed the gate, whose weights are
those that passed, and that fits the base and the prompts of this assistant writes by default.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from domainkit.assistant import wiring
from domainkit.assistant.folder import Layout
from domainkit.errors import ModelError, SettingsError
from domainkit.generation import gated, gguf, header
from domainkit.generation.adapters import Adapter, Adapters, check_served, read
from domainkit.generation.base_model import fingerprint, open_text
from domainkit.generation.lifecycle import BASE, Lifecycle
from domainkit.generation.prompt import template_hash
from domainkit.packs import adapterfiles, installed
from domainkit.packs.pack import Pack
from domainkit.packs.schemas.adapter import MANIFEST
from domainkit.settings import Settings


class Adapting:
    """The adapters of one assistant. A pack's are read once, what is active at each question."""

    def __init__(self, settings: Settings, pack: Pack, layout: Layout) -> None:
        self.settings, self.pack, self.layout = settings, pack, layout
        self._defaults: dict[str, str | None] = {}

    @cached_property
    def adapters(self) -> Adapters:
        """The assistant's own adapters and those of its packs, the nearest pack's first.

        Raises:
            ModelError: when the record of a pack's adapter cannot be read.
        """
        found: dict[str, Adapter] = {}
        for folder in self.pack.folders:
            for path in sorted((folder / adapterfiles.FOLDER).glob(f"*/{MANIFEST}")):
                if not path.resolve().is_relative_to(folder.resolve()):
                    continue  # a link that leaves the pack, as ``pack check`` says
                record = read(path.parent, mend="domainkit pack check, or get the pack again")
                pack, beside = installed.shown(folder), self.layout.brought / record.name
                found.setdefault(record.name, Adapter(path.parent, record, pack, beside))
        return Adapters(self.layout.adapters, found)

    def named(self, language: str, *, asked: str | None = None) -> str | None:
        """Return the adapter to write with in ``language``: the one asked for, or the active one.

        ``base`` asks for none. What is active counts only where a model of the assistant's own
        writes, and in the languages it was tuned in.

        Raises:
            ModelError: when the history or a record cannot be read.
        """
        chosen = asked or self.settings.generation.adapter
        if chosen:
            return None if chosen == BASE else chosen
        if not wiring.writes_itself(self.settings):
            return None
        default = self._default(language)
        stack = Lifecycle(self.layout.adapters, default=default).stack
        if stack and self._counts(stack[-1], language):
            return stack[-1]
        return default if default in stack else None

    @property
    def lifecycle(self) -> Lifecycle:
        """What was activated and retired, from the pack's default on."""
        languages = self.pack.manifest.languages if wiring.writes_itself(self.settings) else ()
        defaults = filter(None, map(self._default, languages))
        return Lifecycle(self.layout.adapters, default=next(defaults, None))

    def state(self, name: str) -> str:
        """Return where ``name`` stands; active is what writes in a language of the assistant."""
        languages = self.pack.manifest.languages
        if any(self.named(language) == name for language in languages):
            return "active"
        return self.lifecycle.state(name)

    def hindrance(self, adapter: Adapter) -> str:
        """Return in one line why a pack's ``adapter`` writes in no language by default, or ""."""
        if not wiring.writes_itself(self.settings):
            return "no model of the assistant's own writes: see tier and generation.engine"
        found = [self._hindrance(adapter, each) for each in self.pack.manifest.languages]
        return "" if "" in found else found[0]

    def _default(self, language: str) -> str | None:
        """Return the adapter of the nearest pack that may write in ``language``."""
        if language not in self._defaults:
            fit = (a for a in self.adapters.brought() if not self._hindrance(a, language))
            self._defaults[language] = next((a.manifest.name for a in fit), None)
        return self._defaults[language]

    def _counts(self, name: str, language: str) -> bool:
        """Return whether the active ``name`` is for ``language``, or is not there to be asked."""
        known = self.adapters.names()
        return name not in known or _speaks(self.adapters.get(name), language)

    def _hindrance(self, adapter: Adapter, language: str) -> str:
        if not _speaks(adapter, language):
            return f"{adapter.manifest.name} was tuned on no rows in '{language}'"
        try:
            gated.check_passed(adapter)
            _, base = wiring.tunable(self.settings, self.pack, language)
            check_served(adapter, wiring.engine(self.settings, base))
            adapter.check(
                base=fingerprint(base), chat=_chat(base), prompt=template_hash(self.pack)
            )
        except (ModelError, SettingsError) as error:
            return error.message
        return ""


def _speaks(adapter: Adapter, language: str) -> bool:
    return not adapter.manifest.languages or language in adapter.manifest.languages


def _chat(base: Path) -> str:
    """Return the hash of the chat template of the model at ``base``."""
    return header.read(base).chat.hash if gguf.is_gguf(base) else open_text(base).chat.hash
