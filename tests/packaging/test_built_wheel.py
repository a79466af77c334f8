"""The built wheel carries packs, templates and profiles, and runs from an empty folder."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "-o", out, ROOT]
    subprocess.run(command, check=True, capture_output=True)
    return next(out.glob("*.whl"))


def test_wheel_carries_the_content_and_nothing_generated(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()

    for kept in (
        "domainkit/_bundled/domains/medical/domain.yaml",
        "domainkit/_bundled/ingest/statute.yaml",
        "domainkit/py.typed",
    ):
        assert kept in names
    for path in (p for p in (ROOT / "domains").rglob("*") if p.is_file()):  # adapters too
        assert f"domainkit/_bundled/{path.relative_to(ROOT).as_posix()}" in names
    assert any(name.startswith("domainkit/_bundled/templates/") for name in names)
    assert not [name for name in names if ".domainkit/" in name or "__pycache__" in name]
    assert not [name for name in names if name.startswith(("tests/", "benchmarks/"))]


def test_installed_wheel_makes_an_assistant_in_an_empty_folder(
    wheel: Path, tmp_path: Path
) -> None:
    site, empty = tmp_path / "site", tmp_path / "empty"
    empty.mkdir()
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*install, "--target", site, wheel], check=True, capture_output=True)

    def run(*arguments: str) -> str:
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=empty,
            env={**os.environ, "PYTHONPATH": str(site)},
            check=True,
            capture_output=True,
            text=True,
        ).stdout

    assert str(site) in run("-c", "import domainkit; print(domainkit.__file__)")
    assert "medical" in run("-m", "domainkit", "pack", "list")
    run("-m", "domainkit", "new", "firm", "--domain", "legal")
    assert (empty / "firm" / "domainkit.toml").is_file()
