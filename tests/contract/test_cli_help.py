"""The command line as a stranger meets it: every command says what it does, and shows how."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from typer.testing import CliRunner

from domainkit.cli import main

# What prints no result a program could read: a server, and a path that is its own plain output.
NO_JSON = {"serve", "models path"}


@cache
def commands() -> dict[str, Any]:
    """Return every command that can be typed, by what is typed after ``domainkit``."""
    return dict(found for name in main.COMMANDS for found in _leaves(name, main._imported(name)))


def _leaves(path: str, command: Any) -> Iterator[tuple[str, Any]]:
    children = getattr(command, "commands", None)
    if children is None:
        yield path, command
        return
    for name, child in children.items():
        yield from _leaves(f"{path} {name}", child)


def help_of(path: str) -> str:
    result = CliRunner().invoke(main.app, [*path.split(), "--help"], terminal_width=100)
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("domainkit pa", {"pack"}),
        ("domainkit pack ", {"check", "install"}),
        ("domainkit eval ", {"run", "review"}),
        ("domainkit new --fr", {"--from-documents"}),
    ],
)
def test_a_shell_is_offered_what_can_be_typed(typed: str, offered: set[str]) -> None:
    asked = {"COMP_WORDS": typed, "COMP_CWORD": str(typed.count(" "))}
    asked["_DOMAINKIT_COMPLETE"] = "complete_bash"
    result = CliRunner().invoke(main.app, [], prog_name="domainkit", env=asked)
    assert offered <= set(result.stdout.split())


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "path" in metafunc.fixturenames:
        metafunc.parametrize("path", sorted(commands()))


def test_every_command_says_what_it_does(path: str) -> None:
    command = commands()[path]

    first = (command.help or "").split("\n\n")[0].strip()
    assert re.fullmatch(r"[A-Z].*\.", first, re.DOTALL), f"{path}: {first!r} is no sentence"
    assert first.split()[0] in help_of(path)


def test_every_option_and_argument_has_help(path: str) -> None:
    for parameter in commands()[path].params:
        if parameter.name not in {"help", "version"}:
            assert getattr(parameter, "help", None), f"{path}: {parameter.name} has no help"


def test_every_command_has_an_example(path: str) -> None:
    epilog = commands()[path].epilog or ""

    assert re.search(rf"Example: domainkit {path}\b", epilog), f"{path}: {epilog!r}"


def test_a_command_a_program_may_read_prints_json(path: str) -> None:
    options = {name for parameter in commands()[path].params for name in parameter.opts}

    assert ("--json" in options) != (path in NO_JSON)


def test_the_list_of_commands_needs_none_of_them() -> None:
    result = CliRunner().invoke(main.app, ["--help"], terminal_width=100)

    assert result.exit_code == 0
    for name, (_, line) in main.COMMANDS.items():
        assert re.search(rf"\b{name}\b.*{re.escape(line.split()[0])}", result.stdout), name


def test_an_unknown_command_leaves_with_2_and_names_itself() -> None:
    result = CliRunner().invoke(main.app, ["answr"])

    assert result.exit_code == 2
    assert "answr" in result.stderr
