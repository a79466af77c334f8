"""What every schema of a pack shares: unknown keys are errors, values do not change."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")


def _inside(path: str) -> str:
    parts = PurePosixPath(path).parts
    if path.startswith(("/", "~")) or "\\" in path or ":" in path or ".." in parts:
        raise ValueError(f"'{path}' leaves the pack: give a path below its folder, with '/'")
    return path


# A path below the pack's own folder, so that a pack can name nothing outside it.
InnerPath = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1), AfterValidator(_inside)
]


class Strict(BaseModel):
    """A part of a pack's file. Unknown keys are refused; instances are frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True)
