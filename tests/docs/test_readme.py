"""What the README promises works as written."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [
    "README.md",
    "CONTRIBUTING.md",
    *(str(p.relative_to(ROOT)) for p in ROOT.glob("docs/**/*.md")),
]


def _quick_start() -> list[str]:
    block = re.search(r"<!-- tested: quick start -->\n```sh\n(.*?)```", README, re.DOTALL)
    assert block, "the README lost its quick start"
    return block[1].strip().splitlines()


def test_quick_start_gives_a_cited_answer_without_any_model(tmp_path: Path) -> None:
    folder, shown = tmp_path, ""
    for line in _quick_start():
        command = shlex.split(line)
        if command[0] == "cd":
            folder = folder / command[1]
            continue
        assert command[0] == "domainkit"
        done = subprocess.run(
            [sys.executable, "-m", "domainkit", *command[1:]],
            cwd=folder,
            env={**os.environ, "DOMAINKIT_TIER": "extractive", "COLUMNS": "200"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        shown = done.stdout

    assert "[1]" in shown
    assert "extractive" in shown


@pytest.mark.parametrize("page", PAGES)
def test_links_between_pages_lead_somewhere(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")

    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", text):
        assert ((ROOT / page).parent / target).exists(), f"{page} links to {target}"


@pytest.mark.parametrize("page", PAGES)
def test_paths_named_in_pages_exist(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")

    for path in re.findall(
        r"`((?:domainkit|domains|ingest|templates|examples|benchmarks|docs|tests)/[\w./-]*)`", text
    ):
        in_wheel = path.startswith("domainkit/_bundled/")
        assert in_wheel or (ROOT / path).exists(), f"{page} names {path}"


def test_make_targets_named_in_pages_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))

    for page in PAGES:
        text = (ROOT / page).read_text(encoding="utf-8")
        named = set(re.findall(r"`make ([a-z]+)", text))
        assert named <= targets, f"{page}: {named - targets}"
