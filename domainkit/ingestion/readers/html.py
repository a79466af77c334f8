"""Reads HTML: headings to sections, tables to Markdown, navigation and scripts left out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from domainkit.errors import IngestionError
from domainkit.extras import load
from domainkit.ingestion.readers.builder import TextBuilder
from domainkit.ingestion.readers.scripts import raised
from domainkit.ingestion.readers.tables import spread
from domainkit.ingestion.text import decode
from domainkit.types import Document

_NOISE = frozenset(
    "script style noscript template svg canvas iframe nav footer aside button select input"
    " textarea dialog head object embed video audio map".split()
)
_NOISE_ROLES = frozenset("navigation banner contentinfo complementary search menu dialog".split())
_BLOCKS = frozenset(
    "address article blockquote body center dd details div dl dt fieldset figcaption figure form"
    " header hr html li main ol p pre section summary table tbody td th tr ul".split()
)
_HEADINGS = {f"h{n}": n for n in range(1, 7)}
_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?([A-Za-z0-9_\-]+)", re.I)
_XHTML = re.compile(r"<\?xml|http://www\.w3\.org/1999/xhtml")
_EMPTY = re.compile(r"<([A-Za-z][\w:.-]*)((?:\s[^<>]*?)?)\s*/>")
_VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())
_SPACE = re.compile(r"[ \t\n\f]+")
# The main part is taken alone only if it is most of the page: some pages mark a teaser as <main>.
_MAIN_SHARE = 0.5
# The languages of an encyclopaedia's article, the topics of a shop: lists so long of links alone.
_MENU = 30
_MENU_SHARE = 0.95
# Deeper than any page a person wrote; a page built to exhaust the reader is refused.
_DEEPEST = 400


class HtmlReader:
    """HTML pages and fragments."""

    def __init__(self) -> None:
        parser = load("selectolax.lexbor", needed_for="reading HTML")
        self._parse: Any = parser.LexborHTMLParser

    def read(self, path: Path) -> Iterator[Document]:
        """Yield the one document of ``path``, titled by its ``<title>`` or first heading.

        Raises:
            IngestionError: when the page is no text, or holds none.
        """
        builder = TextBuilder()
        tree = self.add(page_markup(path.read_bytes()), builder)
        titled = tree.css_first("title")
        title = " ".join(titled.text().split()) if titled is not None else ""
        meta = {}
        if (link := tree.css_first('link[rel="canonical"]')) is not None:
            meta["url"] = link.attributes.get("href") or ""
        document = builder.build(
            source=path.name, title=title or builder.first_heading or path.stem, meta=meta
        )
        if not document.text:
            raise IngestionError("the page holds no text besides navigation and scripts")
        yield document

    def add(self, markup: str, builder: TextBuilder) -> Any:
        """Add what a page says to ``builder``; return the parsed page.

        Raises:
            IngestionError: when its elements are nested too deeply.
        """
        tree = self._parse(_closed(markup))
        page = _Page(builder)
        page.walk(_main(tree), 0)
        page.finish()
        return tree


def page_markup(data: bytes) -> str:
    """Return a page's markup by its own declaration where that holds, else as any text.

    Raises:
        IngestionError: when the bytes are not text.
    """
    declared = _CHARSET.search(data[:4096])
    if declared and not data.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")):
        name = declared[1].decode("ascii").lower()
        # A page that says gb2312 is nearly always in its superset.
        name = "gb18030" if name in ("gb2312", "gbk") else name
        try:
            return data.decode(name)
        except (UnicodeDecodeError, LookupError):
            pass  # declared wrongly, or by a name nobody knows: told from the bytes instead
    return decode(data)


def _closed(markup: str) -> str:
    """Return XHTML with its empty elements closed: to HTML ``<title/>`` has no end."""
    if not _XHTML.search(markup[:2048]):
        return markup
    return _EMPTY.sub(
        lambda m: m[0] if m[1].lower() in _VOID else f"<{m[1]}{m[2]}></{m[1]}>", markup
    )


def _main(tree: Any) -> Any:
    body = tree.body or tree.root
    mains = tree.css("main, [role=main]")
    if len(mains) == 1:
        whole = len(body.text(strip=True)) or 1
        if len(mains[0].text(strip=True)) >= _MAIN_SHARE * whole:
            return mains[0]
    return body


class _Page:
    """Walks a page in reading order, gathering inline text into blocks."""

    def __init__(self, builder: TextBuilder) -> None:
        self._builder = builder
        self._inline: list[str] = []
        self._lists: list[int] = []  # the next number of each open list; 0 for bullets
        self._mark = ""
        self._in_list = False

    def finish(self) -> None:
        """Add the last block."""
        self._flush()

    def walk(self, node: Any, depth: int) -> None:
        """Add ``node`` and what it holds."""
        if depth > _DEEPEST:
            raise IngestionError(f"its elements are nested more than {_DEEPEST} deep")
        for child in node.iter(include_text=True):
            tag = child.tag
            if tag == "-text":
                self._inline.append(child.text_content or "")
            elif tag == "br":
                self._inline.append("\v")
            elif not _is_noise(child):
                self._element(child, tag, depth)

    def _element(self, node: Any, tag: str, depth: int) -> None:
        if tag in _HEADINGS:
            self._flush()
            self._builder.heading(_HEADINGS[tag], node.text())
        elif tag == "table" and _is_data(node):
            self._flush()
            self._table(node)
        elif tag == "pre":
            self._flush()
            self._builder.block(node.text())
        elif tag in ("ul", "ol"):
            self._list(node, tag, depth)
        elif tag == "sup":
            self._inline.append(raised(node.text()))
        elif tag in _BLOCKS:
            self._flush()
            if tag == "li":
                self._item()
            self.walk(node, depth + 1)
            self._flush()
        else:
            self.walk(node, depth + 1)

    def _list(self, node: Any, tag: str, depth: int) -> None:
        self._flush()
        if _is_menu(node):
            return
        self._lists.append(1 if tag == "ol" else 0)
        self.walk(node, depth + 1)
        self._flush()
        self._lists.pop()
        self._in_list = bool(self._lists)

    def _item(self) -> None:
        number = self._lists[-1] if self._lists else 0
        if number:
            self._lists[-1] += 1
        self._mark = "  " * (len(self._lists) - 1) + (f"{number}. " if number else "- ")

    def _table(self, node: Any) -> None:
        caption = node.css_first("caption")
        rows = [
            [_cell(cell) for cell in row.iter() if cell.tag in ("td", "th")]
            for row in node.css("tr")
        ]
        said = _squeeze(caption.text()) if caption is not None else ""
        self._builder.table(spread(rows), caption=said)

    def _flush(self) -> None:
        text = _squeeze("".join(self._inline)).replace("\v", "\n")
        self._inline.clear()
        text = "\n".join(line.strip() for line in text.split("\n")).strip()
        if text:
            self._builder.block(self._mark + text, tight=bool(self._mark) and self._in_list)
            self._in_list = bool(self._lists)
            self._mark = ""


def _cell(node: Any) -> tuple[str, int, int]:
    spans = (node.attributes.get(name) or "1" for name in ("colspan", "rowspan"))
    columns, rows = (int(span) if span.isdecimal() else 1 for span in spans)
    return _squeeze(node.text(separator=" ")), max(columns, 1), max(rows, 1)


def _is_noise(node: Any) -> bool:
    if not node.tag or node.tag in _NOISE or node.tag.startswith("-"):
        return True
    attributes = node.attributes
    if "hidden" in attributes or attributes.get("aria-hidden") == "true":
        return True
    return (attributes.get("role") or "") in _NOISE_ROLES


def _is_menu(node: Any) -> bool:
    """Return whether a list is a long menu: nothing but links, more than a writer would list."""
    items = [child for child in node.iter() if child.tag == "li"]
    if len(items) < _MENU:
        return False
    linked = sum(len(link.text(strip=True)) for link in node.css("a"))
    return linked >= _MENU_SHARE * len(node.text(strip=True))


def _is_data(node: Any) -> bool:
    """Return whether a table holds data: one that holds tables, or one cell, is mere layout."""
    if node.css_first("td table, th table") is not None:
        return False
    rows = node.css("tr")
    return len(rows) > 1 and max(len(row.css("td, th")) for row in rows) > 1


def _squeeze(text: str) -> str:
    return _SPACE.sub(" ", text.replace("\xa0", " ")).strip(" ")
