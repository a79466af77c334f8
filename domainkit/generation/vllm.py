"""Tells a running vLLM which adapters to serve.

vLLM takes adapters at run time where it was started with ``VLLM_ALLOW_RUNTIME_LORA_UPDATING=True``
(its ``docs/features/lora.md``). With the plugin ``lora_filesystem_resolver`` it needs no telling:
``VLLM_LORA_RESOLVER_CACHE_DIR`` names a folder that holds one folder an adapter, as an assistant's
``.domainkit/adapters`` does.
"""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path
from urllib.error import HTTPError, URLError

from domainkit.errors import GenerationError


def load(url: str, key: str, *, name: str, folder: Path, seconds: float) -> None:
    """Make the server at ``url`` (ending in /v1) serve the adapter in ``folder`` as ``name``.

    Raises:
        GenerationError: when the server is away or does not take it.
    """
    body = {"lora_name": name, "lora_path": str(folder.resolve())}
    _post(f"{url.rstrip('/')}/load_lora_adapter", key, body, seconds)


def unload(url: str, key: str, *, name: str, seconds: float) -> None:
    """Make the server at ``url`` (ending in /v1) serve the adapter no more.

    Raises:
        GenerationError: when the server is away or serves no such adapter.
    """
    _post(f"{url.rstrip('/')}/unload_lora_adapter", key, {"lora_name": name}, seconds)


def _post(url: str, key: str, body: dict[str, str], seconds: float) -> None:
    headers = {"Content-Type": "application/json"}
    if key:
        headers["Authorization"] = f"Bearer {key}"
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=seconds):  # noqa: S310 - the owner's server
            return
    except HTTPError as error:
        with error:
            said = _message(error.read())
        raise GenerationError(
            f"{url} refused adapter '{body['lora_name']}': {error.code} {said}",
            hint="start vLLM with --enable-lora and VLLM_ALLOW_RUNTIME_LORA_UPDATING=True",
        ) from error
    except (URLError, TimeoutError) as error:
        raise GenerationError(
            f"{url} cannot be reached: {error}", hint="check that the server runs, and its address"
        ) from error


def _message(body: bytes) -> str:
    """Return what the server says is wrong, in one line."""
    try:
        said = json.loads(body)
    except ValueError:
        return ""
    error = said.get("error", said) if isinstance(said, dict) else {}
    return " ".join(str(error.get("message", "") if isinstance(error, dict) else error).split())
