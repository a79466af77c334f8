"""Plain text, Markdown and HTML: headings become sections, furniture stays outside."""

from __future__ import annotations

from pathlib import Path

import pytest

from domainkit.errors import IngestionError
from domainkit.ingestion.readers.html import HtmlReader
from domainkit.ingestion.readers.markdown import MarkdownReader
from domainkit.ingestion.readers.plain import PlainReader
from domainkit.types import Document


def written(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def markdown(tmp_path: Path, content: str) -> Document:
    (document,) = MarkdownReader().read(written(tmp_path, "a.md", content))
    return document


def html(tmp_path: Path, content: str | bytes) -> Document:
    (document,) = HtmlReader().read(written(tmp_path, "a.html", content))
    return document


def sections(document: Document) -> list[tuple[tuple[str, ...], str]]:
    return [(s.path, s.span.of(document.text).strip()) for s in document.sections]


def test_plain_text_is_left_as_it_is(tmp_path: Path) -> None:
    text = "  Title\r\n\r\n\tIndented   text. \n"
    (document,) = PlainReader().read(written(tmp_path, "letter.txt", text))
    assert document.text == text.replace("\r\n", "\n")
    assert (document.source, document.title, document.pages) == ("letter.txt", "letter", ())


def test_form_feeds_are_pages(tmp_path: Path) -> None:
    (document,) = PlainReader().read(written(tmp_path, "a.txt", "one\ftwo\fthree\n"))
    assert [page.of(document.text) for page in document.pages] == ["one\f", "two\f", "three\n"]
    (single,) = PlainReader().read(written(tmp_path, "b.txt", "one\n\f"))
    assert single.pages == ()


def test_markdown_headings_front_matter_and_marks(tmp_path: Path) -> None:
    document = markdown(
        tmp_path,
        "---\n"
        "title: Rent\n"
        "effective_from: 2020-01-01\n"
        "tags: [law, rent]\n"
        "draft: false\n"
        "note:\n"
        "---\n"
        "<!-- INFO\nEND -->\n"
        "# Rent Act\n\n"
        "Some **bold** and *soft* and `code` with [a link](http://x.y/(z)) ![pic](p.png).\n\n"
        "> A quoted\n> line.\n\n"
        "Deposits\n--------\n\n"
        "- one_two_three\n- 2 * 3 * 4\n\n---\n\n"
        "## Rules ##\n\n| a | *b* |\n| --- | --- |\n| 1 | 2 |\n\n"
        "```python\n# not a heading\n\nx = 1\n```\n",
    )
    assert document.title == "Rent"
    assert dict(document.meta) == {
        "title": "Rent",
        "effective_from": "2020-01-01",
        "tags": "law; rent",
        "draft": "no",
        "note": "",
    }
    assert sections(document) == [
        (
            ("Rent Act",),
            "Rent Act\n\nSome bold and soft and code with a link pic.\n\nA quoted\nline.",
        ),
        (("Rent Act", "Deposits"), "Deposits\n\n- one_two_three\n- 2 * 3 * 4"),
        (
            ("Rent Act", "Rules"),
            "Rules\n\n| a | *b* |\n| --- | --- |\n| 1 | 2 |\n\n# not a heading\n\nx = 1",
        ),
    ]


def test_markdown_without_a_title_is_named_by_its_heading_then_its_file(tmp_path: Path) -> None:
    assert markdown(tmp_path, "Intro\n\n## First\n").title == "First"
    assert markdown(tmp_path, "Only text.\n").title == "a"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("---\ntitle: [\n---\ntext\n", r"its front matter is not YAML \(near line 3\)"),
        ("---\ndate: 2024-13-01\n---\ntext\n", "its front matter is not YAML"),
        ("---\n- a\n- b\n---\ntext\n", "not a list of `key: value` lines"),
        ("---\na: &x [1]\nb: *x\n---\ntext\n", "has a YAML alias"),
    ],
)
def test_broken_front_matter_is_refused(tmp_path: Path, content: str, reason: str) -> None:
    with pytest.raises(IngestionError, match=reason):
        markdown(tmp_path, content)


PAGE = """<!doctype html><html><head><title>Fever &amp; adults</title>
<link rel="canonical" href="https://example.org/fever">
<style>p {color: red}</style><script>var x = "spam"</script></head>
<body><header><nav><a href="/">Home</a></nav></header>
<main><h1>Fever</h1><p>A temperature of 38&nbsp;°C
or more.<br>See below.</p>
<h2>When to call</h2><ul><li>Stiff neck</li><li>Rash<ul><li>that stays</li></ul></li></ul>
<ol><li>Drink</li><li>Rest</li></ol>
<table><caption>Doses</caption><tr><th>Age</th><th>Dose</th></tr>
<tr><td rowspan="2">Adult</td><td>500 mg</td></tr><tr><td>1 | 2 g</td></tr></table>
<div aria-hidden="true">spam</div><p hidden>spam</p><button>spam</button></main>
<aside>spam</aside><footer>spam</footer></body></html>"""


def test_html_keeps_the_page_and_drops_its_furniture(tmp_path: Path) -> None:
    document = html(tmp_path, PAGE)
    assert "spam" not in document.text
    assert "Home" not in document.text
    assert (document.title, document.meta["url"]) == (
        "Fever & adults",
        "https://example.org/fever",
    )
    assert sections(document) == [
        (("Fever",), "Fever\n\nA temperature of 38 °C or more.\nSee below."),
        (
            ("Fever", "When to call"),
            "When to call\n\n- Stiff neck\n- Rash\n  - that stays\n\n1. Drink\n2. Rest\n\n"
            "Doses\n"
            "| Age | Dose |\n| --- | --- |\n| Adult | 500 mg |\n|  | 1 \\| 2 g |",
        ),
    ]


def test_a_layout_table_is_read_as_text(tmp_path: Path) -> None:
    document = html(
        tmp_path, "<table><tr><td><p>Left</p><table><tr><td>x</td></tr></table></td></tr></table>"
    )
    assert document.text == "Left\n\nx"


def test_a_long_menu_is_left_out_and_a_short_list_of_links_kept(tmp_path: Path) -> None:
    menu = "".join(f"<li><a href='/{n}'>Language {n}</a></li>" for n in range(40))
    kept = "<ul><li><a href='/a'>See also asthma</a></li></ul>"
    document = html(tmp_path, f"<p>Text.</p><ul>{menu}</ul>{kept}")
    assert document.text == "Text.\n\n- See also asthma"


@pytest.mark.parametrize("encoding", ["gb2312", "gbk", "big5", "utf-8"])
def test_html_is_read_as_it_declares(tmp_path: Path, encoding: str) -> None:
    page = f'<html><head><meta charset="{encoding}"></head><body><p>中文文件</p></body></html>'
    assert html(tmp_path, page.encode(encoding)).text == "中文文件"


def test_html_that_declares_wrongly_is_told_from_its_bytes(tmp_path: Path) -> None:
    page = '<meta charset="ascii"><p>本条例所称的经营者，是指提供商品的人。</p>'.encode()
    assert html(tmp_path, page).text == "本条例所称的经营者，是指提供商品的人。"


def test_a_page_of_furniture_alone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(IngestionError, match="holds no text besides navigation"):
        html(tmp_path, "<html><body><nav>Home</nav><script>x</script></body></html>")


def test_a_page_without_bottom_is_refused(tmp_path: Path) -> None:
    with pytest.raises(IngestionError, match="nested more than 400 deep"):
        html(tmp_path, "<div>" * 600 + "x")
