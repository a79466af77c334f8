"""What is decided of a new assistant, by flags or by answers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from domainkit.packs import scaffold
from domainkit.settings import Tier


@dataclass(frozen=True, slots=True)
class Answers:
    """Everything ``domainkit new`` asks. None is what nobody has decided yet."""

    name: str | None = None
    domain: str | None = None
    language: Literal["en", "zh"] | None = None
    only: bool = False
    jurisdictions: tuple[str, ...] | None = None
    audience: str | None = None
    tier: Tier | None = None
    engine: str | None = None
    model: str | None = None
    url: str | None = None
    documents: Path | None = None
    copy: bool | None = None
    knowledge: bool | None = None
    folder: Path | None = None


def choices(answers: Answers) -> scaffold.Choices:
    """Return ``answers`` as what the scaffold is told."""
    decided = {
        "tier": answers.tier,
        "generation.engine": None if answers.engine == scaffold.AUTO else answers.engine,
        "generation.model": answers.model,
        "generation.url": answers.url,
    }
    return scaffold.Choices(
        audience=answers.audience or "",
        only=answers.only,
        jurisdictions=tuple(map(_place, answers.jurisdictions or ())),
        knowledge=answers.knowledge is not False,
        settings={key: value for key, value in decided.items() if value},
    )


def _place(code: str) -> str:
    """Return a code of a country as it is written, a name of a place as it stands."""
    country, dash, part = code.partition("-")
    return f"{country.upper()}{dash}{part.upper()}" if len(country) == 2 else code
