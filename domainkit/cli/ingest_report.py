"""How the report of an ingest, and the explanation of one file, look on a terminal."""

from __future__ import annotations

from typing import Any

from rich.text import Text

from domainkit.cli.output import err, out
from domainkit.ingestion.explain import Explanation
from domainkit.ingestion.report import FileReport, Report, ordered, told
from domainkit.store.records import Outcome

_STYLES: dict[Outcome, str] = {
    "refused": "bold red",
    "removed": "yellow",
    "linked": "yellow",
    "read": "green",
    "unchanged": "dim",
}
# Files of which there is nothing to say are listed up to this many, then counted.
_LISTED = 30
_SHOWN = 160  # characters of a passage


def show(report: Report, *, dry_run: bool = False) -> None:
    """Print a line a file, those that need attention first, then the totals."""
    quiet = 0
    for file in ordered(report.files):
        if file.outcome in ("read", "unchanged") and not (file.reason or file.was):
            quiet += 1
            if quiet > _LISTED:
                continue
        out.print(line(file))
    if quiet > _LISTED:
        out.print(f"... and {quiet - _LISTED} more without remark; --json lists them all")
    for link in report.alike:
        out.print(
            Text.assemble(("alike     ", "yellow"), (link.source, "bold"), f"  {told(link)}")
        )
    out.print(_totals(report, dry_run=dry_run))
    if report.surveys:
        out.print("As a page: .domainkit/ingest-report.html")
    if report.missing:
        names = ", ".join(report.missing[:3]) + (" ..." if len(report.missing) > 3 else "")
        err.print(
            f"note: {len(report.missing)} gone from the disk still answer ({names}); "
            "domainkit ingest --sync forgets them",
            markup=False,
        )


def line(file: FileReport) -> Text:
    """Return what became of a file, as one line."""
    outcome = (f"{file.outcome:<10}", _STYLES[file.outcome])
    return Text.assemble(outcome, (file.path, "bold"), f"  {_said(file)}")


def _said(file: FileReport) -> str:
    if file.outcome in ("read", "unchanged"):
        counts = [_many(file.passages, "passage"), _many(file.pages, "page") if file.pages else ""]
        was = f"it was {file.was}" if file.was else ""
        return ", ".join(filter(None, [file.profile, *counts, file.reason, was]))
    return f"{file.reason} ({file.hint})" if file.hint else file.reason


def _many(number: int, thing: str) -> str:
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"


def _totals(report: Report, *, dry_run: bool) -> str:
    counts = ", ".join(f"{number} {outcome}" for outcome, number in report.counts().items())
    files = _many(len(report.files), "file")
    passages = f"{_many(report.passages, 'passage')} in {report.seconds:.1f} s."
    return f"{files}: {counts or 'none'}; {passages}{' Nothing was stored.' if dry_run else ''}"


def explained(explanation: Explanation) -> dict[str, Any]:
    """Return an explanation as ``--explain --json`` prints it."""
    document, recognition = explanation.document, explanation.recognition
    return {
        "source": document.source,
        "title": document.title,
        "language": document.language,
        "profile": recognition.profile.name,
        "confidence": round(recognition.confidence, 3),
        "signs": list(recognition.signs),
        "validity": document.validity,
        "jurisdiction": document.jurisdiction,
        "authority": document.authority,
        "meta": document.meta,
        "pages": len(document.pages),
        "sections": [list(section.path) for section in document.sections],
        "passages": [
            {"locator": p.locator, "page": p.page, "section": list(p.section), "text": p.text}
            for p in explanation.passages
        ],
    }


def show_explained(explanation: Explanation) -> None:
    """Print the profile and what spoke for it, the section tree, and the passages."""
    document, recognition = explanation.document, explanation.recognition
    sure = f"{recognition.confidence:.2f}"
    out.print(Text(f"{document.source}: {document.title}", "bold"))
    out.print(Text(f"profile   {recognition.profile.name} (confidence {sure})"))
    for sign in recognition.signs:
        out.print(Text(f"          {sign}", "dim"))
    for name, value in _facts(explanation):
        out.print(Text(f"{name:<10}{value}"))
    out.print(Text("sections", "bold"))
    for section in document.sections:
        out.print(Text("  " * len(section.path) + section.path[-1]))
    out.print(Text("passages", "bold"))
    for passage in explanation.passages:
        text = " ".join(passage.text.split())
        shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]} ..."
        out.print(Text.assemble((f"  {passage.locator}  ", "cyan"), shown, f"  ({len(text)})"))


def _facts(explanation: Explanation) -> list[tuple[str, str]]:
    document = explanation.document
    validity = document.validity
    force = f"{validity.effective_from or '...'} to {validity.effective_to or '...'}"
    facts = {
        "language": document.language,
        "in force": force if validity.effective_from or validity.effective_to else "",
        "replaced": validity.superseded_by or "",
        "place": document.jurisdiction or "",
        "authority": document.authority or "",
        "pages": str(len(document.pages) or ""),
        **document.meta,
    }
    return [(name, value) for name, value in facts.items() if value]
