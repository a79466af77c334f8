"""Components by kind and name: a literal table, then the entry points of installed plugins.

Nothing is imported until it is asked for, so a broken plugin cannot break start-up. A plugin
registers ``name = "module:attr"`` under the entry-point group ``domainkit.<kind>``.
"""

from __future__ import annotations

import difflib
import importlib
import sys
from collections.abc import Callable, Sequence
from functools import lru_cache
from importlib.metadata import entry_points
from typing import Any, Literal

from domainkit.errors import UnknownComponent

Kind = Literal[
    "readers",
    "splitters",
    "embedders",
    "lexical_indexes",
    "vector_indexes",
    "rerankers",
    "generators",
    "question_guards",
    "answer_guards",
]

# How alike two names must be for one to be suggested for the other: difflib's own default.
_ALIKE = 0.6

COMPONENTS: dict[Kind, dict[str, str]] = {
    "readers": {
        "plain": "domainkit.ingestion.readers.plain:PlainReader",
        "markdown": "domainkit.ingestion.readers.markdown:MarkdownReader",
        "html": "domainkit.ingestion.readers.html:HtmlReader",
        "pdf": "domainkit.ingestion.readers.pdf:PdfReader",
        "docx": "domainkit.ingestion.readers.office:OfficeReader",
        "records": "domainkit.ingestion.readers.records:RecordsReader",
        "qa_xml": "domainkit.ingestion.readers.qa_xml:QaXmlReader",
        "jats": "domainkit.ingestion.readers.jats:JatsReader",
        "xml": "domainkit.ingestion.readers.xml_text:XmlReader",
        "slides": "domainkit.ingestion.readers.slides:SlidesReader",
        "excel": "domainkit.ingestion.readers.excel:ExcelReader",
        "opendocument": "domainkit.ingestion.readers.opendocument:OpenDocumentReader",
        "rtf": "domainkit.ingestion.readers.rtf:RtfReader",
        "epub": "domainkit.ingestion.readers.epub:EpubReader",
        "mail": "domainkit.ingestion.readers.mail:MailReader",
        "outlook": "domainkit.ingestion.readers.outlook:OutlookReader",
        "web_archive": "domainkit.ingestion.readers.web_archive:WebArchiveReader",
        "markup": "domainkit.ingestion.readers.markup:MarkupReader",
        "image": "domainkit.ingestion.readers.image:ImageReader",
        "legacy": "domainkit.ingestion.readers.legacy:LegacyReader",
        "encrypted": "domainkit.ingestion.readers.encrypted:EncryptedReader",
    },
    "splitters": {
        "structure": "domainkit.ingestion.structure:StructureSplitter",
    },
    "embedders": {
        "sentence-transformers": "domainkit.retrieval.embedders:FolderEmbedder",
        "hash": "domainkit.testing:HashEmbedder",
    },
    "lexical_indexes": {
        "tantivy": "domainkit.retrieval.lexical:TantivyIndex",
    },
    "vector_indexes": {
        "faiss": "domainkit.retrieval.faiss_index:FaissIndex",
        "chroma": "domainkit.retrieval.chroma_index:ChromaIndex",
        "chroma-server": "domainkit.retrieval.chroma_server:ChromaServerIndex",
    },
    "rerankers": {
        "learned": "domainkit.retrieval.ranker:LearnedRanker",
        "cross-encoder": "domainkit.retrieval.cross_encoder:CrossEncoderReranker",
    },
    "generators": {
        "extractive": "domainkit.generation.extractive:ExtractiveGenerator",
        "openvino": "domainkit.generation.openvino:OpenVinoGenerator",
        "llamacpp": "domainkit.generation.llamacpp:LlamaCppGenerator",
        "chat": "domainkit.generation.chat:ChatGenerator",
        "peft": "domainkit.generation.peft_generator:PeftGenerator",
        "echo": "domainkit.testing:EchoGenerator",
    },
    "question_guards": {
        "emergency": "domainkit.guards.emergency:EmergencyGuard",
        "injection": "domainkit.guards.injection:InjectionGuard",
        "language": "domainkit.guards.language:LanguageGuard",
        "harm": "domainkit.guards.harm:HarmGuard",
        "scope": "domainkit.guards.scope:ScopeGuard",
        "jurisdiction": "domainkit.guards.jurisdiction:JurisdictionGuard",
        "clarify": "domainkit.guards.clarify:ClarifyGuard",
    },
    "answer_guards": {
        "grounding": "domainkit.guards.grounding:GroundingGuard",
        "authorities": "domainkit.guards.authorities:AuthorityGuard",
        "dosing": "domainkit.guards.dosing:DosingGuard",
        "interactions": "domainkit.guards.interactions:InteractionGuard",
        "advice": "domainkit.guards.advice:AdviceGuard",
        "leak": "domainkit.guards.leak:LeakGuard",
        "conflict": "domainkit.guards.conflict:ConflictGuard",
        "privacy": "domainkit.guards.privacy:PrivacyGuard",
        "notice": "domainkit.guards.notice:NoticeGuard",
    },
}


def names(kind: Kind) -> list[str]:
    """Return the names known for ``kind``, built in and from plugins, sorted."""
    return sorted({*COMPONENTS[kind], *(e.name for e in _plugins(kind))})


def get(kind: Kind, name: str) -> Any:
    """Return the component ``name`` of ``kind``: a class or factory, imported now.

    Raises:
        UnknownComponent: for a name nobody registered; the hint lists the nearest ones.
    """
    if target := COMPONENTS[kind].get(name):
        module, _, attribute = target.partition(":")
        return getattr(importlib.import_module(module), attribute)
    for entry in _plugins(kind):
        if entry.name == name:
            return entry.load()
    one = kind.replace("indexes", "index").removesuffix("s").replace("_", " ")
    raise UnknownComponent(
        f"there is no {one} called '{name}'",
        hint=nearest(name, names(kind)),
    )


def nearest(name: str, known: Sequence[str]) -> str:
    """Return a hint that names what ``name`` may have meant, or everything there is."""
    alike = {other: _likeness(name.lower(), other.lower()) for other in known}
    close = sorted((o for o in known if alike[o] >= _ALIKE), key=alike.__getitem__, reverse=True)
    if close:
        return f"did you mean {' or '.join(close[:3])}?"
    return f"known: {', '.join(known)}" if known else "none is installed"


def _likeness(name: str, other: str) -> float:
    """Return how alike two names are, in [0, 1]; a part or a beginning counts as the whole."""
    if not name or name in other:
        return float(bool(name))
    return max(
        difflib.SequenceMatcher(None, name, whole).ratio() for whole in (other, other[: len(name)])
    )


def _plugins(kind: Kind) -> list[Any]:
    return _installed(entry_points, f"domainkit.{kind}", tuple(sys.path))


@lru_cache(maxsize=64)
def _installed(look: Callable[..., Any], group: str, _path: tuple[str, ...]) -> list[Any]:
    """Return the entry points of ``group``; looking takes 20 ms where 235 packages are."""
    return sorted(look(group=group), key=lambda e: e.name)
