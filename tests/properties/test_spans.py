"""For every profile and any text: passages are what the document says at their spans."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domainkit import registry
from domainkit.ingestion.outline import tables_of_contents
from domainkit.ingestion.profile import Profiles
from domainkit.ingestion.reading import prepare
from domainkit.ingestion.splitters import divide
from domainkit.ingestion.structure import StructureSplitter
from domainkit.ingestion.text import tidy, without
from domainkit.types import Document, Section, Span

PROFILES = Profiles.load()

# Lines as documents have them, good and bad: headings of every family, cross-references, lists,
# tables, contents, long and empty lines.
LINES = st.one_of(
    st.sampled_from(
        [
            "",
            " ",
            "第一章 总则",
            "第二条 当事人应当履行义务。",
            "第十二条的规定不适用。",
            "（一）知情权；",
            "附件一 名单",
            "§ 14 Rent increases",
            "§ 14 and",
            "(2) A landlord must reply:",
            "Section 4.2 Payment. The buyer pays.",
            "ARTICLE IV",
            "1. DEFINITIONS",
            "1.1 “Act” means the Act.",
            "SCHEDULE A",
            "Abstract",
            "2 Methods",
            "Recommendation 3",
            "【禁忌】过敏者禁用。",
            "4 CONTRAINDICATIONS",
            "Q: What is it?",
            "A: A disease.",
            "问：是什么？",
            "[12] The court held.",
            "Contents",
            "目 录",
            "Term ........... 3",
            "| a | b |",
            "| --- | --- |",
            "Table 1. Doses",
            "- an item",
        ]
    ),
    st.text(max_size=80),
    st.just("Words and more words. " * 60),
    st.integers(1, 400).map(lambda n: "A sentence of some words. " * (n // 10)),
    st.integers(1, 200).map(lambda n: "一句中文的话。" * (n // 5)),
    st.text(alphabet="ab \t\n。.!?,\u3000", max_size=3000),
)
TEXTS = st.lists(LINES, max_size=30).map("\n".join)


@settings(max_examples=100, deadline=None)
@given(TEXTS, st.sampled_from(PROFILES.names), st.sampled_from(["en", "zh"]), st.data())
def test_spans_are_exact(text: str, name: str, language: str, data: st.DataObject) -> None:
    text = tidy(text)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=4)))
    edges = [0, *cuts, len(text)]
    pages = tuple(Span(a, b) for a, b in pairwise(edges))
    profile = PROFILES.get(name)
    raw = Document(
        id="d", source="a.txt", title="t", text=text, pages=pages, meta={"language": language}
    )
    document = prepare(raw, profile)
    passages = list(StructureSplitter(PROFILES).split(document))
    size = profile.size(document.language)

    assert all(p.span.of(document.text) == p.text for p in passages)
    assert all(p.text.strip() == p.text != "" for p in passages)
    assert all(a.span.end <= b.span.start for a, b in pairwise(passages))
    assert max((len(p.text) for p in passages), default=0) <= max(size.longest, size.whole)
    assert len({p.id for p in passages}) == len(passages)
    assert all(p.locator.strip() for p in passages)
    assert all(p.page == document.page_at(p.span.start) for p in passages)
    spans = [section.span for section in document.sections]
    assert all(a.end == b.start for a, b in pairwise(spans))
    assert all(path for path in (section.path for section in document.sections))


@settings(max_examples=100, deadline=None)
@given(TEXTS, st.sampled_from(PROFILES.names))
def test_no_word_is_lost_but_contents_and_headings(text: str, name: str) -> None:
    profile = PROFILES.get(name)
    document = prepare(Document(id="d", source="a", title="t", text=tidy(text)), profile)
    passages = list(StructureSplitter(PROFILES).split(document))
    covered = [False] * len(document.text)
    for passage in passages:
        covered[passage.span.start : passage.span.end] = [True] * len(passage.span)
    left = "".join(c for c, seen in zip(document.text, covered, strict=True) if not seen)
    headings = {path for section in document.sections for path in section.path}
    tables = "".join(span.of(document.text) for span in tables_of_contents(document, profile))
    allowed = "".join([tables, *headings])
    assert all(c.isspace() or c in allowed for c in left)


@pytest.mark.parametrize("name", registry.names("splitters"))
@settings(max_examples=25, deadline=None)
@given(text=TEXTS)
def test_every_splitter_keeps_spans_exact_on_a_bare_document(name: str, text: str) -> None:
    splitter = registry.get("splitters", name)()
    document = Document(id="d", source="a", title="t", text=text)
    assert all(p.span.of(text) == p.text for p in splitter.split(document))


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="ab c\n。，.!? x中\t", max_size=400), st.integers(5, 60))
def test_long_paragraphs_are_divided_without_loss(text: str, size: int) -> None:
    spans = divide(text, size=size)
    assert "".join(span.of(text) for span in spans) == text
    assert all(0 < len(span) <= size for span in spans)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60), st.data())
def test_offsets_survive_what_is_taken_out(text: str, data: st.DataObject) -> None:
    points = st.integers(0, len(text))
    marks = sorted(data.draw(st.lists(points, min_size=2, max_size=2)))
    cuts = sorted(set(data.draw(st.lists(points, max_size=6))))
    gone = [Span(a, b) for a, b in zip(cuts[::2], cuts[1::2], strict=False)]
    whole = Span(*marks)
    document = Document(id="", source="", title="", text=text, sections=(Section(("x",), whole),))
    kept = [i for i in range(len(text)) if not any(s.start <= i < s.end for s in gone)]
    cleaned = without(document, gone)
    assert cleaned.text == "".join(text[i] for i in kept)
    expected = "".join(text[i] for i in kept if whole.start <= i < whole.end)
    assert cleaned.sections[0].span.of(cleaned.text) == expected


# What an editor may put into an article: text, items, lines that look like another's heading.
EDITS = st.one_of(
    st.text(alphabet="ab c。，.\u3000\t中", max_size=60),
    st.sampled_from(
        [
            "第三条的规定不适用。",
            "依照\n第九十九条 的规定执行。",
            "（三）其他情形；",
            "As § 99 says, a tenant\n§ 3(2) of this code names pays.",
            "(4) and the rest;",
            "",
        ]
    ),
    st.integers(1, 60).map(lambda n: "一句中文的话，说明一件事。" * n),
    st.integers(1, 60).map(lambda n: "A sentence says what it says. " * n),
)


def label(language: str, number: int) -> str:
    han = "一二三四五六七八九十"
    return f"第{han[number - 1]}条" if language == "zh" else f"§ {number}"


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["zh", "en"]),
    st.lists(st.lists(EDITS, min_size=1, max_size=5), min_size=4, max_size=9),
    st.data(),
)
def test_after_any_edit_a_locator_names_the_article_it_stands_in(
    language: str, articles: list[list[str]], data: st.DataObject
) -> None:
    for _ in range(data.draw(st.integers(0, 6))):
        body = data.draw(st.sampled_from(articles))
        at = data.draw(st.integers(0, len(body)))
        body[at : at + data.draw(st.integers(0, 1))] = [data.draw(EDITS)]
    # Each article says a word of its own, so that what a passage holds tells where it is from.
    parts = []
    for number, body in enumerate(articles, start=1):
        head = "" if language == "zh" else "Heading\n\n"
        marked = "\n\n".join(f"word{number}x {text.strip()}" for text in body)
        parts.append(f"{label(language, number)} {head}{marked}")
    text = tidy("\n\n".join(parts))
    profile = PROFILES.get("statute")
    raw = Document(id="d", source="a.txt", title="t", text=text, meta={"language": language})
    document = prepare(raw, profile)
    seen = set()
    for passage in StructureSplitter(PROFILES).split(document):
        assert passage.span.of(document.text) == passage.text
        for number in range(1, len(articles) + 1):
            if f"word{number}x" in passage.text:
                named = label(language, number)
                rest = passage.locator.removeprefix(named)
                assert passage.locator.startswith(named)
                assert rest[:1] in ("", "(", "第")
                seen.add(number)
    assert seen == set(range(1, len(articles) + 1))
