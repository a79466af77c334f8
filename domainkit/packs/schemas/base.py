"""What every schema of a pack shares: unknown keys are errors, values do not change."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

Language = Literal["en", "zh"]


class Strict(BaseModel):
    """A part of a pack's file. Unknown keys are refused; instances are frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True)
