"""The report of an ingest as a page a person reads: one file, opened from the disk, offline.

It names files and says nothing of what they hold, so that it may be passed on, and forgetting a
document leaves none of its words behind.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from html import escape
from importlib import resources
from string import Template

from domainkit.ingestion.report import Details, FileReport, Report, median, ordered, told
from domainkit.store.surveys import STEP

# Below this a profile was a near thing, and its file is worth a look.
_UNSURE = 0.7
# The chart, in the units of its own coordinates; the longest passages share the last bar.
_WIDTH, _HEIGHT, _FOOT, _BARS = 560, 170, 24, 26
# These are read so for want of anything else: there is nothing to be sure of.
_PLAIN = ("plain", "web", "")


def page(report: Report, *, name: str, when: datetime) -> str:
    """Return the report as one page of HTML.

    Args:
        report: of a run, with the surveys of its files.
        name: of the assistant.
        when: the run ended.
    """
    template = resources.files(__package__ or "").joinpath("report_page.html")
    return Template(template.read_text(encoding="utf-8")).substitute(
        name=escape(name),
        when=escape(when.strftime("%Y-%m-%d %H:%M")),
        command=f"{len(report.files):,} files in {report.seconds:.1f} s",
        tiles="".join(_tiles(report)),
        attention=_attention(report),
        profiles=_profiles(report),
        histogram=_histogram(report.lengths()),
        recognised=_unsure(report),
        files="".join(_row(file, report.details.get(file.path)) for file in ordered(report.files)),
    )


def _tiles(report: Report) -> Iterator[str]:
    counts = report.counts()
    rate = report.pages_a_second
    ocr = sum(details.ocr_pages for details in _known(report))
    shown = [
        (f"{len(report.files):,}", "files"),
        *((f"{number:,}", outcome) for outcome, number in counts.items()),
        (f"{report.passages:,}", "passages"),
        (f"{sum(file.pages for file in report.files):,}", "pages"),
        (f"{ocr:,}", "pages read by OCR"),
        ("–" if rate is None else f"{rate:,.0f}", "pages a second"),
    ]
    for number, label in shown:
        yield f'<div class="tile"><b>{number}</b>{escape(label)}</div>'


def _attention(report: Report) -> str:
    """Return what a person should look at: refused, read in part, scrambled, gone."""
    rows = []
    for file in ordered(report.files):
        details = report.details.get(file.path)
        if file.outcome == "refused":
            rows.append((file.path, "refused", file.reason, file.hint))
        elif details is not None and details.scrambled:
            hint = "look at it: domainkit ingest --explain FILE"
            rows.append((file.path, "looks scrambled", details.scrambled, hint))
        elif file.outcome == "read" and file.reason:
            rows.append((file.path, "read in part", file.reason, file.hint))
    rows += [
        (path, "gone", "it is gone from the disk and still answers", "domainkit ingest --sync")
        for path in report.missing
    ]
    rows += [(link.source, "alike", told(link), "") for link in report.alike]
    if not rows:
        return '<p class="good">Every file was read whole. Nothing needs your attention.</p>'
    body = "".join(
        f'<tr><td class="path">{escape(path)}</td>'
        f'<td class="outcome remark {escape(what)}">{escape(what)}</td>'
        f"<td>{escape(why)}<small>{escape(hint)}</small></td></tr>"
        for path, what, why, hint in rows
    )
    head = "<tr><th>File</th><th>What</th><th>Why, and what to do</th></tr>"
    return f"<h2>Needs your attention ({len(rows):,})</h2><table>{head}{body}</table>"


def _profiles(report: Report) -> str:
    files: Counter[str] = Counter()
    passages: Counter[str] = Counter()
    sure: dict[str, list[float]] = defaultdict(list)
    for file in report.files:
        if file.profile:
            files[file.profile] += 1
            passages[file.profile] += file.passages
            if (details := report.details.get(file.path)) is not None:
                sure[file.profile].append(details.confidence)
    most = max(files.values(), default=1)
    body = "".join(
        f"<tr><td>{escape(name)}</td>"
        f'<td><div class="meter"><i style="width:{100 * number / most:.0f}%"></i></div></td>'
        f'<td class="n">{number:,}</td><td class="n">{passages[name]:,}</td>'
        f'<td class="n">{_mean(sure[name]) if name not in _PLAIN else "–"}</td></tr>'
        for name, number in files.most_common()
    )
    head = (
        '<tr><th>Profile</th><th></th><th class="n">Files</th><th class="n">Passages</th>'
        '<th class="n">Confidence</th></tr>'
    )
    return f"<table>{head}{body}</table>" if body else '<p class="dim">No file was read.</p>'


def _mean(values: Iterable[float]) -> str:
    known = list(values)
    return f"{sum(known) / len(known):.2f}" if known else "–"


def _histogram(lengths: Mapping[int, int]) -> str:
    """Return a bar chart of the passages by length."""
    if not lengths:
        return '<p class="dim">There are no passages.</p>'
    last = min(max(lengths) // STEP, _BARS - 1)
    bars = [0] * (last + 1)
    for length, count in lengths.items():
        bars[min(length // STEP, last)] += count
    top, wide = max(bars), _WIDTH / len(bars)
    drawn = []
    for number, count in enumerate(bars):
        high = (_HEIGHT - _FOOT - 14) * count / top
        at, under = number * wide, number * STEP
        drawn.append(
            f'<rect x="{at + 1:.1f}" y="{_HEIGHT - _FOOT - high:.1f}" width="{wide - 2:.1f}" '
            f'height="{high:.1f}"><title>{under}–{under + STEP - 1} characters: {count:,}'
            "</title></rect>"
        )
        if number % 5 == 0:
            drawn.append(f'<text x="{at:.1f}" y="{_HEIGHT - 8}">{under:,}</text>')
    total = sum(bars)
    short = sum(count for length, count in lengths.items() if length < STEP)
    caption = (
        f"{total:,} passages; characters to the right, the tallest bar {top:,}. Half are shorter "
        f"than about {median(lengths):,}; {short:,} are shorter than {STEP}."
    )
    chart = f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img">{"".join(drawn)}</svg>'
    return f"<figure>{chart}<figcaption>{caption}</figcaption></figure>"


def _unsure(report: Report) -> str:
    """Return the files whose profile was a near thing, and how to decide it."""
    rows = [
        (file, details)
        for file in report.files
        if file.profile not in _PLAIN
        and (details := report.details.get(file.path)) is not None
        and details.confidence < _UNSURE
        and details.because
    ]
    if not rows:
        return ""
    body = "".join(
        f'<tr><td class="path">{escape(file.path)}</td><td>{escape(file.profile)} '
        f"{details.confidence:.2f}<small>{escape(details.because)}</small></td></tr>"
        for file, details in rows
    )
    return (
        f"<details><summary>Recognised on weak signs: {len(rows):,}. A folder's profile "
        "can be set in domain.yaml (profiles:), a file's beside it (FILE.meta.yaml)</summary>"
        f"<table>{body}</table></details>"
    )


def _row(file: FileReport, details: Details | None) -> str:
    known = details or Details()
    because = ""
    if known.because and file.profile not in _PLAIN:
        signs = "".join(f"<li>{escape(sign)}</li>" for sign in known.because.split("; "))
        sure = f"{known.confidence:.2f}, because"
        because = f"<details><summary>{sure}</summary><ul>{signs}</ul></details>"
    remark = f"<small>{escape(file.reason)}</small>" if file.reason else ""
    numbers = (file.pages, known.ocr_pages, file.passages, known.typical)
    cells = "".join(f'<td class="n">{f"{n:,}" if n else ""}</td>' for n in numbers)
    return (
        f'<tr><td class="outcome {file.outcome}">{file.outcome}</td>'
        f'<td class="path">{escape(file.path)}{remark}</td>'
        f"<td>{escape(file.profile)}{because}</td>{cells}"
        f'<td class="n">{file.seconds:.2f}</td></tr>\n'
    )


def _known(report: Report) -> list[Details]:
    return [d for file in report.files if (d := report.details.get(file.path)) is not None]
