"""Whether the title a program wrote into a file is one."""

from __future__ import annotations

import re

_NO_TITLE = re.compile(
    r"^(?:microsoft word\b.*|untitled.*|document\d*|\(anonymous\)|powerpoint presentation|.{0,3})$"
    r"|\.[a-z]{2,4}$",
    re.I,
)


def title_or(written: str, otherwise: str) -> str:
    """Return ``written`` unless it is what programs write where nobody wrote a title."""
    title = " ".join(written.split())
    return otherwise if _NO_TITLE.search(title) else title
