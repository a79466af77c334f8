"""What is imported where: the light core, heavy libraries in adapters, a quick command line."""

import ast
import json
import re
import resource
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions

import pytest
from source_tree import MODULES, PACKAGE, ROOT, imports, name, parsed

from domainkit import extras

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
BANNED = set(PROJECT["tool"]["ruff"]["lint"]["flake8-tidy-imports"]["banned-module-level-imports"])
# Quick to import: the readers and the server need no ban, only their extra.
LIGHT = set(
    "PIL charset_normalizer cryptography defusedxml fastapi httpx jinja2 lxml msoffcrypto olefile"
    " openpyxl pi_heif pypdfium2 safetensors selectolax uvicorn watchfiles xlrd".split()
)
# Banned before anything uses them, so that the first use is an adapter's.
BORDERS = {
    "server": {"fastapi", "starlette", "anyio"},
    "integrations": {"langchain-core"},
}
FORESEEN = {"ray", "trl"}

HELP_SECONDS = 0.5
HELP_RUNS = 6
NOT_FOR_HELP = (BANNED | {"numpy", "pydantic", "sqlalchemy", "tantivy", "yaml", "fastapi"}) - {
    "rich",
    "typer",
}


def distribution(requirement: str) -> str:
    return re.split(r"[\[<>=!~; ]", requirement)[0].lower().replace("_", "-")


def test_ruff_bans_exactly_the_heavy_libraries() -> None:
    assert set(extras.EXTRAS) - LIGHT | FORESEEN == BANNED
    assert set(extras.EXTRAS) >= LIGHT
    assert not FORESEEN & set(extras.EXTRAS)


def test_every_library_an_adapter_loads_has_its_extra() -> None:
    loaded: dict[str, str] = {}
    for path in MODULES:
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Call) and _is_load(node.func) and node.args:
                first = node.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    loaded[first.value.partition(".")[0]] = name(path)
    assert loaded
    assert {
        library: path for library, path in loaded.items() if library not in extras.EXTRAS
    } == {}


def _is_load(function: ast.expr) -> bool:
    match function:
        case ast.Name("load") | ast.Attribute(ast.Name("extras"), "load"):
            return True
    return False


def test_no_module_imports_a_library_that_only_an_extra_brings() -> None:
    """The light core runs on its own dependencies; the borders stand on what they border on."""
    core = {distribution(line) for line in PROJECT["project"]["dependencies"]} | {"pydantic-core"}
    owners = packages_distributions()
    foreign: dict[str, set[str]] = {}
    for path in MODULES:
        beside = (more for part, more in BORDERS.items() if path.is_relative_to(PACKAGE / part))
        allowed = core.union(*beside)
        for package in imports(parsed(path)) - set(sys.stdlib_module_names) - {"domainkit"}:
            if not allowed & {distribution(owner) for owner in owners.get(package, [])}:
                foreign.setdefault(name(path), set()).add(package)
    assert foreign == {}


def test_imports_behind_a_condition_or_in_a_class_are_seen() -> None:
    source = (
        "import a\nfrom b.c import d\nif x:\n    import e\nclass K:\n    import f\n"
        "def g():\n    import h\nif TYPE_CHECKING:\n    import i\nelse:\n    import j\n"
    )
    assert imports(ast.parse(source)) == {"a", "b", "e", "f", "j"}


def test_help_is_quick() -> None:
    """In seconds of the processor, the best of a few runs: other tests share it."""
    command = [sys.executable, "-m", "domainkit", "--help"]
    best = float("inf")
    for _ in range(HELP_RUNS):
        began = _seconds_of_children()
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        best = min(best, _seconds_of_children() - began)
        assert "ingest" in done.stdout
        if best < HELP_SECONDS:
            return
    pytest.fail(f"domainkit --help took {best:.2f} s, not {HELP_SECONDS} s")


def _seconds_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@pytest.mark.parametrize("arguments", [["--help"], ["--version"]])
def test_help_imports_nothing_it_does_not_need(arguments: list[str]) -> None:
    script = (
        "import json, sys\n"
        f"sys.argv = ['domainkit', *{arguments!r}]\n"
        "from domainkit.cli.main import main\n"
        "try:\n    main()\n"
        "except SystemExit:\n    pass\n"
        "print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT
    )
    imported = set(json.loads(done.stdout.splitlines()[-1]))
    assert "typer" in imported
    assert imported & NOT_FOR_HELP == set()


def test_no_module_does_anything_when_it_is_imported() -> None:
    """Nothing is run: only names are defined."""
    running = {
        name(path): ast.unparse(node)
        for path in MODULES
        for node in parsed(path).body
        if path.stem != "__main__"
        and isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Call)
    }
    assert running == {}
