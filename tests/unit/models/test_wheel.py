import subprocess
import zipfile
from pathlib import Path

import pytest
from model_doubles import FOLDER, GGUF, HUB, WHEEL, model, write_wheel

from domainkit.errors import ModelError
from domainkit.models.catalog import Parts, Wheel
from domainkit.models.sources import wheel

SOURCE = Wheel.model_validate(WHEEL)
PARTS = Parts.model_validate(
    {
        "from": "parts",
        "parts": [
            {"project": "part-a", "version": "2.0", "member": "part_a/a.bin", "size": 4000},
            {"project": "part-b", "version": "2.0", "member": "part_b/b.bin", "size": 6240},
        ],
    }
)


def ignore(_: int) -> None:
    """Look at no progress."""


def test_artefacts_are_taken_out_of_a_wheel_pip_downloads(index: Path, tmp_path: Path) -> None:
    write_wheel(index, {f"tiny_wheel/data/{path}": body for path, body in FOLDER.items()})
    tiny = model("tiny-folder", FOLDER, [HUB])
    seen: list[int] = []
    wheel.take(tiny, SOURCE, tmp_path / "out", work=tmp_path / "work", advance=seen.append)
    for path, body in FOLDER.items():
        assert (tmp_path / "out" / path).read_bytes() == body
    assert seen[-1] == tiny.size


def test_parts_are_joined_in_order_and_kept_for_the_next_try(index: Path, tmp_path: Path) -> None:
    tiny = model("tiny-gguf", {"tiny.gguf": GGUF}, [HUB])
    out, work = tmp_path / "out", tmp_path / "work"
    write_wheel(index, {"part_a/a.bin": GGUF[:4000]}, project="part-a", version="2.0")
    with pytest.raises(ModelError, match=r"pip: .*part-b==2\.0"):
        wheel.take(tiny, PARTS, out, work=work, advance=ignore)

    write_wheel(index, {"part_b/b.bin": GGUF[4000:]}, project="part-b", version="2.0")
    (index / "part_a-2.0-py3-none-any.whl").unlink()  # what is here is not asked for again
    wheel.take(tiny, PARTS, out, work=work, advance=ignore)
    assert (out / "tiny.gguf").read_bytes() == GGUF


def test_a_source_distribution_is_never_looked_into(index: Path, tmp_path: Path) -> None:
    """Pip would run its setup.py to learn its name."""
    ran = tmp_path / "ran"
    setup = f"open({str(ran)!r}, 'w')"
    with zipfile.ZipFile(index / "tiny-wheel-1.0.zip", "w") as archive:
        archive.writestr("tiny-wheel-1.0/setup.py", setup)
        archive.writestr("tiny-wheel-1.0/PKG-INFO", "Name: tiny-wheel\nVersion: 1.0\n")
    tiny = model("tiny-folder", FOLDER, [HUB])
    with pytest.raises(ModelError, match=r"tiny-wheel==1\.0"):
        wheel.take(tiny, SOURCE, tmp_path / "out", work=tmp_path / "work", advance=ignore)
    assert not ran.exists()


@pytest.fixture
def downloaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A wheel that is there already, so that pip is not asked."""

    def no_pip(*_: object, **__: object) -> None:
        raise AssertionError("pip was asked")

    monkeypatch.setattr(wheel, "_pip_download", no_pip)
    return tmp_path / "work" / "tiny-wheel-1.0"


def take(tmp_path: Path) -> None:
    tiny = model("tiny-folder", FOLDER, [HUB])
    wheel.take(tiny, SOURCE, tmp_path / "out", work=tmp_path / "work", advance=ignore)


def test_a_wheel_without_the_file_is_named(downloaded: Path, tmp_path: Path) -> None:
    write_wheel(downloaded, {"tiny_wheel/other": b"x"})
    with pytest.raises(ModelError, match=r"whl has no tiny_wheel/data/model\.safetensors"):
        take(tmp_path)


def test_a_file_of_another_size_is_not_decompressed(downloaded: Path, tmp_path: Path) -> None:
    bomb = b"\0" * 10_000_000
    write_wheel(downloaded, {"tiny_wheel/data/model.safetensors": bomb})
    with pytest.raises(ModelError, match=r"has 10,000,000 bytes, the catalogue says 693"):
        take(tmp_path)
    assert (tmp_path / "out" / "model.safetensors").stat().st_size == 0


@pytest.mark.parametrize("damage", ["not a zip", "half"])
def test_a_damaged_wheel_is_named(downloaded: Path, tmp_path: Path, damage: str) -> None:
    made = write_wheel(downloaded, {f"tiny_wheel/data/{p}": body for p, body in FOLDER.items()})
    whole = made.read_bytes()
    made.write_bytes(b"PK? no" if damage == "not a zip" else whole[: len(whole) // 2])
    with pytest.raises(ModelError, match=r"tiny_wheel-1\.0-py3-none-any\.whl is damaged"):
        take(tmp_path)


@pytest.mark.parametrize("place", [63, 64, 70, 76])
def test_a_member_that_does_not_decompress_is_named(
    downloaded: Path, tmp_path: Path, place: int
) -> None:
    made = write_wheel(downloaded, {f"tiny_wheel/data/{p}": body for p, body in FOLDER.items()})
    raw = bytearray(made.read_bytes())
    raw[place] ^= 0xFF
    made.write_bytes(raw)
    with pytest.raises(ModelError, match="is damaged"):
        take(tmp_path)


def test_no_pip_is_a_reason_not_a_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(ModelError, match="there is no pip beside"):
        take(tmp_path)


@pytest.mark.parametrize(
    ("log", "reason"),
    [
        (
            "WARNING: a\nERROR: first\nERROR: No matching distribution\n",
            "No matching distribution",
        ),
        ("/usr/bin/python: No module named pip\n", "/usr/bin/python: No module named pip"),
        ("", "it failed and said nothing"),
    ],
)
def test_pip_is_quoted_by_its_last_error(log: str, reason: str) -> None:
    assert wheel._last_error(log) == f"pip: {reason}"


def test_an_interrupted_fetch_leaves_no_pip_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[subprocess.Popen[bytes]] = []
    real = subprocess.Popen

    def sleeping(*_: object, **options: object) -> subprocess.Popen[bytes]:
        process = real(["sleep", "60"], stdout=options["stdout"], stderr=options["stderr"])  # type: ignore[call-overload]
        started.append(process)
        return process

    def interrupt() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(wheel.subprocess, "Popen", sleeping)
    fresh = tmp_path / "fresh"
    fresh.mkdir()
    with pytest.raises(KeyboardInterrupt):
        wheel._pip_download("x==1", fresh, "", look=interrupt)
    assert started[0].returncode is not None
