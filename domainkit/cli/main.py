"""The root of the command line: a literal table of commands, and errors turned into one line."""

from __future__ import annotations

import importlib
import logging
import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from domainkit import __version__
from domainkit.cli.output import fail
from domainkit.errors import DomainkitError

# name -> (module:app, one line for --help). Nothing is imported until a command runs.
COMMANDS: dict[str, tuple[str, str]] = {
    "new": ("domainkit.cli.new:app", "Write a new assistant's folder."),
    "ingest": ("domainkit.cli.ingest:app", "Read documents into the assistant."),
    "watch": ("domainkit.cli.watch:app", "Follow folders and keep the assistant up to date."),
    "forget": ("domainkit.cli.forget:app", "Remove a document from the assistant."),
    "doctor": ("domainkit.cli.doctor:app", "Find damage and drift, and mend them."),
    "retrieve": ("domainkit.cli.retrieve:app", "Show the passages found for a question."),
    "ask": ("domainkit.cli.ask:app", "Answer a question from the documents, with citations."),
    "serve": ("domainkit.cli.serve:app", "Serve the assistant over REST on this machine."),
    "train": ("domainkit.cli.train:app", "Tune the assistant's model by LoRA."),
    "adapters": (
        "domainkit.cli.adapters_gate:app",
        "List tuned adapters, and say which one answers.",
    ),
    "eval": ("domainkit.cli.eval:app", "Judge the assistant by questions with known answers."),
    "bench": ("domainkit.cli.bench:app", "Measure on a benchmark's own files."),
    "models": ("domainkit.cli.models:app", "List, fetch and verify model files."),
    "upgrade": ("domainkit.cli.upgrade:app", "Move the assistant to a newer version of its pack."),
    "pack": ("domainkit.cli.pack:app", "List, check, build and install domain packs."),
}


class _LazyGroup(TyperGroup):
    """Lists commands from the table; imports the module of the one that is called."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.commands = {name: _listed(name, line) for name, (_, line) in COMMANDS.items()}

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return the called command's name, the command itself and what is left of ``args``."""
        name, listed, rest = super().resolve_command(ctx, args)
        return name, listed and _imported(str(name)), rest


def _listed(name: str, line: str) -> Any:
    """Return what help and completion need to know of a command: its name and its line."""
    stub = typer.Typer(add_completion=False)
    stub.command(name, help=line)(lambda: None)
    return get_command(stub)


def _imported(name: str) -> Any:
    target, line = COMMANDS[name]
    module, _, attribute = target.partition(":")
    command = get_command(getattr(importlib.import_module(module), attribute))
    command.name, command.help = name, command.help or line
    return command


app = typer.Typer(
    cls=_LazyGroup,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
    help="Assistants that answer only from your documents, cite them, and know when to refuse.",
)


def _version(value: bool) -> None:
    if value:
        typer.echo(f"domainkit {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log what is done.")] = False,
) -> None:
    logging.basicConfig(
        level=logging.INFO if verbose else logging.WARNING,
        format="%(levelname)s %(name)s: %(message)s",
        stream=sys.stderr,
    )


def main() -> None:
    """Run the command line; a user's error is one line on stderr and its exit code."""
    try:
        app()
    except DomainkitError as error:
        fail(error)
