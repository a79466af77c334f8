"""Plans, writes and shows what ``domainkit new`` makes."""

from __future__ import annotations

import shlex
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typer
from rich.markup import escape

from domainkit.assistant import gathering
from domainkit.assistant.folder import Layout
from domainkit.cli import new_proposals
from domainkit.cli.new_answers import Answers, choices
from domainkit.cli.new_proposals import Proposed
from domainkit.cli.output import err, out
from domainkit.evaluation.drafts import FILE, Drafts
from domainkit.packs import loader, scaffold
from domainkit.packs.schemas.guards import Emergency


class Making:
    """One new assistant: its plan, its documents, and what was proposed of it.

    Args:
        answers: what was decided.
        found: what its documents show; None where nobody looked.
        decided: whether a person has seen the proposals and answered.
    """

    def __init__(self, answers: Answers, found: Proposed | None, *, decided: bool) -> None:
        self._answers = answers
        self._found = found
        self.plan = self._planned(decided=decided)
        documents = answers.documents
        self._gathered = gathering.gather(documents) if documents else None
        self._copied = self._gathered if answers.copy is not False else None

    def write(self) -> None:
        """Write the folder, copy the documents, keep the drafts of questions.

        Raises:
            PackError: when the folder cannot be written.
            IngestionError: when a document cannot be copied.
        """
        scaffold.write(self.plan)
        if self._copied:
            gathering.copy(self._copied, self.plan.folder / gathering.FOLDER)
        if self._found and self._found.drafts:
            Drafts(Layout(self.plan.folder).evaluations / FILE).write(self._found.drafts)

    def told(self, *, written: bool) -> dict[str, Any]:
        """Return what was made, as ``--json`` prints it."""
        documents = self._gathered and {
            "folder": self._gathered.folder,
            "files": len(self._gathered.files),
            "bytes": self._gathered.size,
            "problems": self._gathered.problems,
            "copied": written and self._copied is not None,
        }
        told = {
            "name": self.plan.name,
            "domain": self.plan.pack.name,
            "folder": self.plan.folder,
            "files": list(self.plan.files),
            "documents": documents,
            "written": written,
            "notes": self._notes(),
            "next": self._next(),
        }
        if self._found:
            told["proposed"] = new_proposals.projected(self._found, self.plan.pack)
        return told

    def show(self, *, written: bool) -> None:
        """Print what was made, and what comes next."""
        shown = escape(str(_short(self.plan.folder)))
        count = len(self.plan.files)
        out.print(f"{'Wrote' if written else 'Would write'} {count} files to {shown}:")
        for path in self.plan.files:
            out.print(f"  {escape(path)}")
        if self._copied:
            for problem in self._copied.problems:
                err.print(f"not copied: {problem}", style="yellow", markup=False)
            size = f"{self._copied.size / 1e6:,.1f} MB from {self._copied.folder}"
            did = "Copied" if written else "Would copy"
            out.print(f"{did} {len(self._copied.files)} documents, {size}", markup=False)
        for note in self._notes():
            err.print(f"note: {note}", style="yellow", markup=False)
        if written:
            out.print(
                "\nThen:" if self._gathered else "\nPut your documents into documents/, then:"
            )
            for command in self._next():
                out.print(f"  {escape(command)}")

    def _planned(self, *, decided: bool) -> scaffold.Plan:
        found, answers = self._found, self._answers
        suggested = found.suggested if found else {}
        domain = answers.domain or suggested.get("domain")
        if domain is None:
            why = "; none fits the documents" if found else ""
            raise typer.BadParameter(f"say which pack it extends{why}", param_hint="--domain")
        pack = loader.load(domain)
        languages = pack.manifest.languages
        guessed = next((one for one in languages if one == suggested.get("language")), None)
        made = choices(answers)
        if found:
            made = new_proposals.with_proposals(
                made,
                found,
                pack,
                on=datetime.now(UTC).astimezone().date(),
                domain=not decided and answers.domain is None,
                language=not decided and answers.language is None and guessed is not None,
            )
        return scaffold.plan(
            answers.name,
            domain=domain,
            language=answers.language or guessed or "en",
            folder=answers.folder and answers.folder.expanduser(),
            base=Path.cwd(),
            choices=made,
        )

    def _notes(self) -> list[str]:
        """Return what the owner had better know, though nothing is wrong."""
        emergency: Emergency | None = self.plan.pack.guards.get("emergency")
        place = next(iter(choices(self._answers).jurisdictions), None)
        if emergency is None or place is None:
            return []
        if any(contact.number(place) for contact in emergency.contacts.values()):
            return []
        return [
            f"no emergency number is known for '{place}', so escalations name none; "
            "guards.yaml can give one: emergency.contacts.emergency.jurisdictions"
        ]

    def _next(self) -> list[str]:
        left = self._gathered if self._copied is None else None
        ingest = (
            f"domainkit ingest {shlex.quote(str(left.folder))}" if left else "domainkit ingest"
        )
        commands = [f"cd {_short(self.plan.folder)}", ingest, 'domainkit ask "your question"']
        review = self._found is not None and bool(self._found.drafts)
        return [*commands, *(["domainkit eval review"] if review else [])]


def _short(folder: Path) -> Path:
    here = Path.cwd()
    return folder.relative_to(here) if folder.is_relative_to(here) else folder
