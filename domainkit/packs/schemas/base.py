"""What every schema of a pack shares: unknown keys are errors, values do not change."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")
NEWEST = 1  # format of a pack's files and archives


def _inside(path: str) -> str:
    parts = PurePosixPath(path).parts
    if path.startswith(("/", "~")) or "\\" in path or ":" in path or ".." in parts:
        raise ValueError(f"'{path}' leaves the pack: give a path below its folder, with '/'")
    return path


def _readable(number: int) -> int:
    if number > NEWEST:
        raise ValueError(
            f"{number} is newer than {NEWEST}, the newest that this domainkit reads: "
            "upgrade domainkit"
        )
    return number


# Which format a file is written in.
Format = Annotated[int, Field(ge=1), AfterValidator(_readable)]

# A path below the pack's own folder, so that a pack can name nothing outside it.
InnerPath = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1), AfterValidator(_inside)
]


class Strict(BaseModel):
    """A part of a pack's file. Unknown keys are refused; instances are frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True)
