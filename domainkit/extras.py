"""Loads optional libraries, offline and without telemetry, or says which extra brings them."""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from types import ModuleType

from domainkit.errors import MissingExtra

# library -> the extra of pyproject.toml that installs it
EXTRAS = {
    "charset_normalizer": "documents",
    "defusedxml": "documents",
    "langchain_text_splitters": "documents",
    "lxml": "documents",
    "msoffcrypto": "documents",
    "olefile": "documents",
    "openpyxl": "documents",
    "pypdfium2": "documents",
    "selectolax": "documents",
    "unstructured": "documents",
    "xlrd": "documents",
    "PIL": "ocr",
    "pi_heif": "ocr",
    "rapidocr": "ocr",
    "watchfiles": "watch",
    "cryptography": "sign",
    "faiss": "dense",
    "openvino": "dense",
    "sentence_transformers": "dense",
    "tokenizers": "dense",
    "chromadb": "chroma",
    "httpx": "chroma",
    "huggingface_hub": "generate",
    "openvino_genai": "generate",
    "gguf": "generate",
    "jinja2": "generate",
    "safetensors": "generate",
    "transformers": "generate",
    "torch": "generate",
    "xllamacpp": "generate",
    "bitsandbytes": "gpu",
    "peft": "train",
    "tensorboardX": "train",
    "fastapi": "serve",
    "uvicorn": "serve",
    "httpx2": "langchain",
    "langchain": "langchain",
    "langchain_core": "langchain",
    "openai": "langchain",
    "ir_measures": "bench",
    "lm_eval": "harness",
    "rouge_score": "bench",
}

# Each is read by the library named beside it, before or when it is first imported.
SILENCE = {
    "ANONYMIZED_TELEMETRY": "False",  # chromadb
    "DO_NOT_TRACK": "1",  # unstructured, huggingface_hub
    "HF_HUB_DISABLE_TELEMETRY": "1",  # huggingface_hub, transformers, trl
    "HF_HUB_OFFLINE": "1",  # huggingface_hub and all that is built on it; nothing lifts this
    "LANGCHAIN_TRACING_V2": "false",  # langchain, langsmith
    "LANGSMITH_TRACING": "false",
    "OTEL_SDK_DISABLED": "true",  # opentelemetry, through chromadb
    "SCARF_NO_ANALYTICS": "true",  # unstructured
    "TOKENIZERS_PARALLELISM": "false",  # tokenizers; no telemetry, but a warning after each fork
    "TRANSFORMERS_OFFLINE": "1",  # transformers
    "UNSTRUCTURED_DISABLE_NOTICE": "1",  # unstructured; no telemetry, but an advertisement
}


def silence() -> None:
    """Turn every library's telemetry and hub look-ups off for this process and its children.

    ``tests/slow/test_telemetry.py`` runs each library with the network watched.
    """
    os.environ.update(SILENCE)
    # OpenVINO sends unless a file in the user's home says no. Where its sender is not installed
    # it does without, so it is made to look so; a process that has loaded the sender keeps it.
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]


def load(module: str, *, needed_for: str) -> ModuleType:
    """Return ``module`` imported, with telemetry off.

    Args:
        module: dotted name of an optional library's module.
        needed_for: what the user was doing, for the error ("reading PDF").

    Raises:
        MissingExtra: when the library, or one that it needs, is not installed. A library that is
            installed but broken raises its own ImportError.
    """
    silence()
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        top, missing = module.partition(".")[0], (error.name or "").partition(".")[0]
        if not missing or importlib.util.find_spec(missing) is not None:
            raise
        whose = "" if missing == top else f" for {top}"
        raise MissingExtra(
            f"{needed_for} needs the library {missing}{whose}, which is not installed",
            hint=f"pip install 'domainkit[{EXTRAS.get(top, 'all')}]'",
        ) from error
