"""Asks on a terminal what the flags of ``domainkit new`` left open, a line of why with each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar, get_args

import typer
from rich.markup import escape

from domainkit import registry
from domainkit.assistant import gathering
from domainkit.cli.new_answers import Answers
from domainkit.cli.output import err, safe
from domainkit.errors import DomainkitError, SettingsError
from domainkit.packs import loader, scaffold
from domainkit.packs.pack import Pack
from domainkit.settings import Tier

T = TypeVar("T")

TIERS: Mapping[Tier, str] = {
    "extractive": "the documents' own best sentences; needs nothing",
    "embedded": "a small model on any CPU; domainkit models fetch brings it",
    "cpu": "a larger model on this machine's CPU",
    "gpu": "a larger model on a GPU",
    "cluster": "the largest, on several GPUs",
}
_YES = {"y": True, "yes": True, "n": False, "no": False}
_SERVED = "chat"  # the engine that needs an address


def asked(answers: Answers, *, suggested: Mapping[str, str]) -> Answers:
    """Return ``answers`` with what was open decided at the terminal.

    Args:
        answers: what the flags decided.
        suggested: defaults that were found out, by the name of the answer.

    Raises:
        typer.Abort: when the input ends.
    """
    default = suggested.get("domain", "medical")
    domain = answers.domain or _domain(default)
    pack = loader.load(domain)
    answers = replace(answers, domain=domain)
    answers = replace(answers, name=answers.name or _name(domain, pack))
    answers = replace(answers, language=answers.language or _language(pack, suggested))
    answers = _people(answers, pack)
    answers = _models(answers)
    answers = _documents(answers)
    folder = answers.folder or Path(
        _ask("Into which folder?", "it must be new or empty", f"./{answers.name}", str)
    )
    return replace(answers, folder=folder)


def confirmed(files: int, folder: Path) -> bool:
    """Return whether the user wants what was planned to be written."""
    why = f"{files} files to {folder}; nothing that stands there is overwritten"
    return _ask("Write it?", why, "yes", _yes)


def _domain(default: str) -> str:
    shown = "; ".join(f"{pack.name}: {pack.manifest.title}" for pack in loader.usable())
    why = f"the pack it extends, or a folder with one of your own. {shown}"
    return _ask("What is it about?", why, default, _pack)


def _pack(said: str) -> str:
    loader.load(said)
    return said


def _name(domain: str, pack: Pack) -> str:
    def check(said: str) -> str:
        return scaffold.checked_name(said, domain=domain, pack=pack)

    why = "lower-case letters, digits and hyphens"
    return _ask("What is it called?", why, f"{pack.name}-assistant", check)


def _language(pack: Pack, suggested: Mapping[str, str]) -> Any:
    known = pack.manifest.languages
    default = suggested.get("language", known[0])
    default = default if default in known else known[0]
    why = "it chooses the models; the pack's other languages are answered as well"
    return _ask("Which language comes first?", why, default, _one_of(known))


def _people(answers: Answers, pack: Pack) -> Answers:
    places = answers.jurisdictions
    if places is None:
        why = (
            "country codes such as GB US, the first one's emergency number is named; may be empty"
        )
        places = _ask("Where do the questions come from?", why, "", lambda s: tuple(s.split()))
    audience = answers.audience
    if audience is None:
        why = "the answers are written for them"
        audience = _ask("Who asks?", why, pack.manifest.scope.audience, str)
        audience = "" if audience == pack.manifest.scope.audience else audience
    return replace(answers, jurisdictions=places, audience=audience)


def _models(answers: Answers) -> Answers:
    tier: Tier | None = answers.tier
    if tier is None:
        why = "; ".join(f"{name}: {said}" for name, said in TIERS.items())
        chosen: Any = _ask("What writes the answers?", why, "embedded", _one_of(get_args(Tier)))
        tier = chosen
    answers = replace(answers, tier=tier)
    if tier == "extractive" or answers.engine:
        return answers
    known = (scaffold.AUTO, *registry.names("generators"))
    why = f"auto chooses; chat asks a server that speaks OpenAI's protocol. {', '.join(known)}"
    engine = _ask("With which engine?", why, scaffold.AUTO, _one_of(known))
    answers = replace(answers, engine=engine)
    if engine != _SERVED:
        return answers
    url = answers.url or _ask("At which address?", "ends in /v1", "http://127.0.0.1:8000/v1", _url)
    model = answers.model or _ask("Which model there?", "as the server calls it", "", _needed)
    return replace(answers, url=url, model=model)


def _documents(answers: Answers) -> Answers:
    documents = answers.documents
    if documents is None:
        why = "a folder to take them from; empty if you put them into documents/ later"
        documents = _ask("Which documents has it?", why, "", _folder)
    copied = answers.copy
    if documents is not None and copied is None:
        why = "yes: the assistant is whole; no: they are read where they are"
        copied = _ask("Copy them into documents/?", why, "yes", _yes)
    knowledge = answers.knowledge
    if knowledge is None:
        why = "yes: there is something to ask at once; no: only your documents answer"
        knowledge = _ask("Keep the pack's own texts?", why, "yes", _yes)
    return replace(answers, documents=documents, copy=copied, knowledge=knowledge)


def _ask(question: str, why: str, default: str, check: Callable[[str], T]) -> T:
    """Ask until ``check`` takes the answer; an empty one is ``default``."""
    err.print(f"\n[bold]{escape(question)}[/bold]\n  [dim]{escape(why)}[/dim]")
    while True:
        try:
            said = err.input(f"  \\[{escape(safe(default))}] " if default else "  ").strip()
        except EOFError as error:
            raise typer.Abort from error
        try:
            return check(said or default)
        except DomainkitError as error:
            err.print(f"  {safe(str(error))}", style="yellow", markup=False)


def _one_of(known: tuple[str, ...]) -> Callable[[str], str]:
    def check(said: str) -> str:
        if said in known:
            return said
        raise SettingsError(f"'{said}' is none of these", hint=", ".join(known))

    return check


def _yes(said: str) -> bool:
    if said.lower() in _YES:
        return _YES[said.lower()]
    raise SettingsError(f"'{said}' is neither yes nor no", hint="y or n")


def _url(said: str) -> str:
    if said.startswith(("http://", "https://")):
        return said
    raise SettingsError(f"'{said}' is no address", hint="begin it with http:// or https://")


def _needed(said: str) -> str:
    if said:
        return said
    raise SettingsError("it needs a name", hint="the server lists its models at /v1/models")


def _folder(said: str) -> Path | None:
    return gathering.gather(Path(said)).folder if said else None
