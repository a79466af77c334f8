"""The group of ``domainkit eval``: without the name of a command, it runs an evaluation."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperGroup

_HELP = {"-h", "--help"}


class _RunsAlone(TyperGroup):
    """Takes ``domainkit eval --json`` for ``domainkit eval run --json``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the command in front of ``args`` where its options come first."""
        if ctx.resilient_parsing and not args:  # a shell asks which commands there are
            return super().parse_args(ctx, args)
        named = args and (not args[0].startswith("-") or args[0] in _HELP)
        return super().parse_args(ctx, args if named else ["run", *args])


app = typer.Typer(
    cls=_RunsAlone,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Evaluate the assistant on its suites; with no command: run.",
)
