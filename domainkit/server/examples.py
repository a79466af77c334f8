"""The examples of the OpenAPI document; a test holds them against the schemas."""

from __future__ import annotations

import json
from typing import Any

_CITATION: dict[str, Any] = {
    "marker": "[1]",
    "title": "Paracetamol: a guide for patients",
    "section": ["How much to take", "Adults"],
    "locator": "p. 2, How much to take",
    "page": 2,
    "quote": "Adults may take 500 mg to 1 g every 4 to 6 hours, and no more than 4 g in 24 hours.",
    "quote_span": [1840, 1924],
    "passage_id": "5f0c7a1e9b3d",
    "document_id": "b8d2e6f41c07",
    "source": "leaflets/paracetamol.pdf",
}
_TEXT = "Adults may take 500 mg to 1 g every 4 to 6 hours, and no more than 4 g in 24 hours. [1]"

_UNWRITTEN: dict[str, Any] = {
    "citations": [],
    "claims": [],
    "support": None,
    "condensed": None,
    "generator": None,
    "adapter": None,
    "usage": {"prompt_tokens": 0, "completion_tokens": 0},
}

_ANSWERED: dict[str, Any] = {
    "status": "answered",
    "text": _TEXT,
    "citations": [_CITATION],
    "claims": [
        {
            "text": _TEXT,
            "span": [0, len(_TEXT)],
            "verdict": "supported",
            "passage_id": "5f0c7a1e9b3d",
            "quote_span": [1840, 1924],
            "check": "",
        }
    ],
    "sufficiency": 0.94,
    "support": 1.0,
    "verdicts": [{"guard": "grounding", "stage": "answer", "action": "pass", "reason": ""}],
    "notices": ["This is information from the documents named, not medical advice."],
    "condensed": None,
    "generator": "openvino/smollm2-135m-instruct",
    "adapter": None,
    "usage": {"prompt_tokens": 812, "completion_tokens": 31},
    "timings": {"guards": 0.001, "retrieve": 0.014, "generate": 1.27, "total": 1.29},
}

_INSUFFICIENT: dict[str, Any] = {
    **_UNWRITTEN,
    "status": "insufficient",
    "text": "The documents do not say. Nearest: Paracetamol: a guide for patients, p. 4, Storage.",
    "sufficiency": 0.11,
    "verdicts": [],
    "notices": [],
    "timings": {"guards": 0.001, "retrieve": 0.012, "total": 0.013},
}

_ESCALATED: dict[str, Any] = {
    **_UNWRITTEN,
    "status": "escalated",
    "text": "This may be an emergency. Call your local emergency number now.",
    "sufficiency": None,
    "verdicts": [
        {"guard": "emergency", "stage": "question", "action": "escalate", "reason": "chest pain"}
    ],
    "notices": [],
    "timings": {"guards": 0.001, "total": 0.001},
}

ANSWERS: dict[str, Any] = {
    "answered": {"summary": "A cited answer", "value": _ANSWERED},
    "insufficient": {"summary": "The documents do not say", "value": _INSUFFICIENT},
    "escalated": {"summary": "An emergency", "value": _ESCALATED},
}

STREAM = "".join(
    f"event: {name}\ndata: {json.dumps(data)}\n\n"
    for name, data in (("token", {"text": _TEXT}), ("citation", _CITATION), ("final", _ANSWERED))
)

RETRIEVED: dict[str, Any] = {
    "passages": [
        {
            "rank": 1,
            "score": 0.913,
            "via": {"lexical": 14.2, "dense": 0.71, "coverage": 1.0},
            "passage_id": "5f0c7a1e9b3d",
            "document_id": "b8d2e6f41c07",
            "title": "Paracetamol: a guide for patients",
            "section": ["How much to take", "Adults"],
            "locator": "p. 2, How much to take",
            "page": 2,
            "span": [1840, 1924],
            "text": _CITATION["quote"],
            "also": [],
        }
    ]
}

DOMAIN: dict[str, Any] = {
    "name": "medical",
    "title": "Medical information assistant",
    "version": "0.1.0",
    "languages": ["en", "zh"],
    "jurisdictions": [],
    "scope": {
        "in": ["medicines", "conditions", "tests"],
        "out": ["diagnosis of the person asking"],
        "audience": "patients and clinicians",
    },
    "documents": 12,
    "passages": 340,
    "generator": "openvino/smollm2-135m-instruct",
    "embedder": "all-minilm-l6-v2",
}

HEALTH: dict[str, Any] = {"status": "ok", "version": "0.1.0"}
