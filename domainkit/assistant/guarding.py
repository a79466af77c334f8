"""Hands the guards of a pack what an assistant knows: its authorities, places and embedder."""

from __future__ import annotations

from domainkit.assistant.authorities import KnownAuthorities
from domainkit.assistant.corpus import Corpus
from domainkit.assistant.folder import Layout
from domainkit.assistant.vectors import QuestionVectors
from domainkit.guards.pipeline import GuardPipeline
from domainkit.packs.pack import Pack
from domainkit.store import places


def pipeline(pack: Pack, corpus: Corpus, layout: Layout) -> GuardPipeline:
    """Return the guards of ``pack`` for an assistant with ``corpus`` in ``layout``."""

    def held() -> frozenset[str]:
        own = frozenset(pack.manifest.jurisdictions)
        return places.jurisdictions(corpus.store) if not own and layout.store.is_file() else own

    return GuardPipeline.from_pack(
        pack,
        authorities=KnownAuthorities(pack, lambda: corpus.store),
        vector=QuestionVectors(lambda: corpus.embedder),
        jurisdictions=held,
    )
