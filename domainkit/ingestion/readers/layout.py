"""What a page is made of besides its text: running heads, page numbers, broken words and lines."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

# A running head or foot stands among the first or last lines of the page, on at least so many
# pages, and on such a share of all pages (chapters change their heads).
_EDGE = 3
_LEAST_PAGES = 3
_LEAST_SHARE = 0.3
# One of so many words says something, such as who asked for secrecy: its first stays.
_SAYS = 10

_NUMBER_LINE = re.compile(
    r"^\W{0,3}(?:page|p\.|第)?\s*(\d{1,4})\s*(?:页)?\s*(?:(?:of|/|／|[,，]?\s*共)\s*\d{1,4}\s*页?)?[^\w.]{0,3}$",
    re.I,
)
# "- 3 -" wherever it stands: pages of a web page that was printed are not those of its original.
_DASHED = re.compile(r"^\s*[-–—]\s*(\d{1,4})\s*[-–—]\s*$")
# The f of "of" reaches over the space behind it, and pdfium may see none: "ofthe".
_JOINED = re.compile(r"\b(of|if)([^\W\d_]{2,})\b", re.IGNORECASE)
_NOT_JOINED = frozenset(("often",))
_OFTEN_JOINED = "ofthe"  # where no such word is, none is looked for
# A word broken at the end of a line: pdfium marks some such hyphens with U+FFFE.
_BREAK = re.compile("(?<=[^\\W\\d_])(?:\ufffe|[-\u2010\u00ad]\n)(?=[^\\W\\d_])")
# These begin where a word does and take it whole: tried at each letter they would be slow.
_BROKEN = re.compile(f"(?<![^\\W\\d_])[^\\W\\d_]++{_BREAK.pattern}[^\\W\\d_]+")
_LAST_WORD = re.compile(r"[^\W\d_]+$")
_LONGEST_WORD = 40
_HYPHENATED = re.compile("(?<![^\\W\\d_])([^\\W\\d_]++)[-\u2010]([^\\W\\d_]+)")
_WORD = re.compile(r"[^\W\d_]+")
_SOFT = {"\u00ad": "", "\ufffe": "-", "\xa0": " "}

_ENDS = re.compile(r"[.:;!?。：；！？][\"”’)\]）】]*$")
_BEGINS = re.compile(
    r"^\s*(?:[-•*·●▪–]\s|\(?(?:\d{1,2}|[a-z]|[ivx]{1,4})[.)]\s|\d{1,2}(?:\.\d{1,2})+\.?\s"
    r"|(?:Section|SECTION|Article|ARTICLE|Chapter|CHAPTER|§)\s*[\dIVX]"
    r"|第[零〇一二三四五六七八九十百千\d]+[编章节条]|[（(][一二三四五六七八九十]+[)）]|[一二三四五六七八九十]+、)"
)
_ABBREVIATED = re.compile(r"(?:\b[A-Z]\.){2,}$|\b(?:Art|Co|Corp|Dr|Inc|Ltd|Mrs?|Nos?|Sec|vs?)\.$")
# A line shorter than this share of a full one, and ended, ends its paragraph.
_SHORT = 0.8


@dataclass(frozen=True, slots=True)
class _Edge:
    """A line near the top or the foot of a page."""

    page: int
    line: int
    side: str
    text: str

    @property
    def shape(self) -> str:
        """The line without what changes from page to page."""
        return re.sub(r"\d+", "#", " ".join(self.text.split()))


def without_furniture(pages: Sequence[str]) -> list[str]:
    """Return the pages without running heads and feet and without page numbers.

    A line goes only if it repeats, its digits aside, at the same edge of many pages, or if it is
    a number that counts with the pages.
    """
    lines = [page.split("\n") for page in pages]
    edges = [edge for number, page in enumerate(lines) for edge in _edges(number, page)]
    gone = {(edge.page, edge.line) for edge in (*_repeated(edges, len(pages)), *_numbers(edges))}
    gone |= _dashed(lines)
    return [
        "\n".join(line for at, line in enumerate(page) if (number, at) not in gone)
        for number, page in enumerate(lines)
    ]


def _edges(number: int, page: Sequence[str]) -> Iterator[_Edge]:
    written = [at for at, line in enumerate(page) if line.strip()]
    deep = min(_EDGE, (len(written) + 1) // 4)  # a short page has its text at its edges
    top, foot = written[:deep], written[len(written) - deep :]
    for side, places in (("top", top), ("foot", foot)):
        for at in places:
            yield _Edge(number, at, side, page[at])


def _repeated(edges: Sequence[_Edge], pages: int) -> list[_Edge]:
    """Return the edges that say the same on many pages."""
    seen = {(edge.page, edge.side, edge.shape) for edge in edges}
    times = Counter((side, shape) for _, side, shape in seen)
    least = max(_LEAST_PAGES, _LEAST_SHARE * pages)
    running = [
        edge
        for edge in edges
        if times[edge.side, edge.shape] >= least and len(_WORD.findall(edge.text)) > 0
    ]
    first = {(edge.side, edge.shape): edge for edge in reversed(running)}
    return [
        edge
        for edge in running
        if edge is not first[edge.side, edge.shape] or len(_WORD.findall(edge.text)) < _SAYS
    ]


def _numbers(edges: Sequence[_Edge]) -> list[_Edge]:
    """Return the edges that are page numbers: on two pages or more they count with the pages."""
    found = [(edge, match) for edge in edges if (match := _NUMBER_LINE.match(edge.text.strip()))]
    steady = Counter(int(match[1]) - edge.page for edge, match in found)
    return [edge for edge, match in found if steady[int(match[1]) - edge.page] >= 2]


def _dashed(pages: Sequence[Sequence[str]]) -> set[tuple[int, int]]:
    """Return where numbers between dashes stand that count 1, 2, 3 through the document."""
    found = [
        (page, at, int(match[1]))
        for page, lines in enumerate(pages)
        for at, line in enumerate(lines)
        if (match := _DASHED.match(line))
    ]
    counted = {one[:2] for a, b in pairwise(found) if b[2] == a[2] + 1 for one in (a, b)}
    return counted if len(counted) * 2 > len(found) else set()


def flow(pages: Iterable[str]) -> list[str]:
    """Return the pages with words made whole, and with a blank line after each paragraph."""
    pages = list(pages)
    mended = _mended(pages) if any(map(_BREAK.search, pages)) else pages
    mended = _parted(mended) if any(_OFTEN_JOINED in page for page in mended) else mended
    return [_paragraphs(_hardened(page)) for page in mended]


def _hardened(page: str) -> str:
    """Return a page without soft hyphens, its marks and spaces the usual ones."""
    for soft, hard in _SOFT.items():
        page = page.replace(soft, hard)
    return page


def _mended(pages: Sequence[str]) -> list[str]:
    """Return the pages with words that a line's end broke as the rest of the text has them."""
    text = "\n".join(pages)
    words = {word.lower() for word in _WORD.findall(_BROKEN.sub(" ", text))}
    hyphenated = {match[0].lower().replace("\u2010", "-") for match in _HYPHENATED.finditer(text)}
    firsts = {pair.partition("-")[0] for pair in hyphenated}

    def joint(match: re.Match[str]) -> str:
        """Return what stands between the halves of a broken word: a hyphen or nothing."""
        before = match.string[max(0, match.start() - _LONGEST_WORD) : match.start()]
        after = match.string[match.end() : match.end() + _LONGEST_WORD]
        halves = _LAST_WORD.search(before), _WORD.match(after)
        first, second = (half[0] if half else "" for half in halves)
        pair = f"{first}-{second}".lower()
        if (first + second).lower() in words and pair not in hyphenated:
            return ""
        known = pair in hyphenated or first.lower() in firsts
        compound = {first.lower(), second.lower()} <= words
        return "-" if known or compound or not second[:1].islower() else ""

    return [_BREAK.sub(joint, page) for page in pages]


def _parted(pages: Sequence[str]) -> list[str]:
    """Return the pages with "ofthe" as two words, where the document has the second alone."""
    words = {word.lower() for page in pages for word in _WORD.findall(page)}

    def parts(match: re.Match[str]) -> str:
        joined = match[0].lower() in _NOT_JOINED or match[2].lower() not in words
        return match[0] if joined else f"{match[1]} {match[2]}"

    return [_JOINED.sub(parts, page) for page in pages]


def _paragraphs(page: str) -> str:
    """Return a page with a blank line wherever a paragraph seems to end."""
    lines = [line.rstrip() for line in page.split("\n")]
    lengths = sorted(len(line) for line in lines if line.strip())
    if len(lengths) < 3:
        return "\n".join(lines).strip("\n")
    full = lengths[int(len(lengths) * 0.9)] * _SHORT
    text = []
    for line, below in pairwise([*lines, ""]):
        text.append(line)
        ends = _closed(line)
        if below and ((ends and len(line) < full) or (_BEGINS.match(below) and _closes(line))):
            text.append("")
    return re.sub(r"\n{3,}", "\n\n", "\n".join(text)).strip("\n")


def _closes(line: str) -> bool:
    """Return whether a line may be a paragraph's last: it ends a sentence, or is a heading."""
    return _closed(line) or not (line[-1:].islower() or _ABBREVIATED.search(line))


def _closed(line: str) -> bool:
    """Return whether a line ends as a sentence does."""
    return _ENDS.search(line) is not None and not _ABBREVIATED.search(line)
