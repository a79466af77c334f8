"""What is masked at ingest is nowhere in what is kept; everything else stays where it stands."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from domainkit.ingestion.folder import ingest
from domainkit.ingestion.hiding import Hiding
from domainkit.ingestion.options import Options
from domainkit.ingestion.text import replaced
from domainkit.store.documents import Store
from domainkit.types import Document, Section, Span

KINDS = ("identity-number", "phone", "email", "record-number")
LETTER = """# Letter about MRN A1234567

MRN A1234567 was seen on 3 May. Ferritin was 12 ug/L. Call 13812345678 or write to li@mail.example.

## Results

The result of MRN A1234567 was sent to li@mail.example. Haemoglobin was 101 g/L.
"""
SECRETS = ("A1234567", "13812345678", "li@mail.example")


def read(folder: Path, store: Store, *, mask: tuple[str, ...] = ()) -> str:
    (line,) = ingest([folder / "letter.md"], store, base=folder, options=Options(mask=mask)).files
    return line.outcome


def test_nothing_that_is_kept_holds_what_was_masked(tmp_path: Path) -> None:
    (tmp_path / "letter.md").write_text(LETTER, encoding="utf-8")
    path = tmp_path / "store.sqlite"
    with closing(Store.open(path, create=True)) as store:
        assert read(tmp_path, store, mask=KINDS) == "read"
        passages = [entry.passage for entry in store.entries()]
        document = store.document(passages[0].document_id)
        assert all(p.span.of(document.text) == p.text for p in passages)
        assert document.title == "Letter about MRN [record-number-1]"
        assert document.text.count("[record-number-1]") == 3
        assert "Ferritin was 12 ug/L. Call [phone-1] or write to [email-1]." in document.text
        results = next(p for p in passages if "Haemoglobin" in p.text)
        assert results.text.startswith(
            "Results\n\nThe result of MRN [record-number-1] was sent to [email-1]"
        )
    kept = b"".join(file.read_bytes() for file in tmp_path.glob("store.sqlite*"))
    assert not [secret for secret in SECRETS if secret.encode() in kept]


def test_a_file_is_read_anew_when_what_is_masked_changes(tmp_path: Path) -> None:
    (tmp_path / "letter.md").write_text(LETTER, encoding="utf-8")
    with closing(Store.open(tmp_path / "store.sqlite", create=True)) as store:
        outcomes = [read(tmp_path, store, mask=mask) for mask in ((), (), KINDS, KINDS, ())]
        assert outcomes == ["read", "unchanged", "read", "unchanged", "read"]
        assert any("13812345678" in entry.passage.text for entry in store.entries())


def test_names_are_those_of_one_file(tmp_path: Path) -> None:
    hiding = Hiding(("email",))
    hiding.begin()
    texts = [hiding.of(letter(f"to {name}@mail.example")).text for name in ("li", "wu", "li")]
    assert texts == ["to [email-1]", "to [email-2]", "to [email-1]"]
    hiding.begin()
    assert hiding.of(letter("to wu@mail.example")).text == "to [email-1]"


def letter(text: str) -> Document:
    return Document(id="d", source="d.md", title="Letter", text=text)


@settings(max_examples=60)
@given(
    parts=st.lists(st.tuples(st.text(max_size=9), st.sampled_from(["", "@1", "@2"])), max_size=6)
)
def test_what_was_not_masked_keeps_its_section_and_page(parts: list[tuple[str, str]]) -> None:
    """Each part is a section and a page; a marker is one or two characters to be replaced."""
    text, spans, edits = "", [], []
    for words, marker in parts:
        begin = len(text)
        text += words
        if marker:
            edits.append((Span(len(text), len(text) + len(marker)), f"[mark-{marker[1:] * 3}]"))
        text += marker
        spans.append(Span(begin, len(text)))
    made = replaced(
        Document(
            id="d",
            source="d",
            title="",
            text=text,
            sections=tuple(Section(("s",), span) for span in spans),
            pages=tuple(spans),
        ),
        edits,
    )
    shown = [words + (f"[mark-{m[1:] * 3}]" if m else "") for words, m in parts]
    assert made.text == "".join(shown)
    assert [page.of(made.text) for page in made.pages] == shown
    assert [s.span.of(made.text) for s in made.sections] == shown
