"""What a vocabulary for Chinese law saves, and that old tokens keep their logits.

    python benchmarks/vocabulary.py DATA [--pieces 500 2000]

Pieces are learnt from the articles of ``DATA/bench/stard_zh``; every tenth line is held out and
counted. Logits are compared on text spelt with old tokens, before and after. Needs the embedded
model.
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

import report
import torch  # noqa: TID253 - what is measured

from domainkit.generation.base_model import open_base
from domainkit.models import cache
from domainkit.training import vocabulary

ASKED = ("合同应当以书面形式订立。", "The tenant must pay within 14 days.", "劳动者可以解除合同")
LINES = 6000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "data", nargs="?", type=Path, default=os.environ.get("DOMAINKIT_DATA", "../shared/data")
    )
    parser.add_argument("--pieces", type=int, nargs="+", default=[500])
    asked = parser.parse_args()
    corpus = Path(asked.data) / "bench" / "stard_zh" / "corpus.jsonl"
    with corpus.open(encoding="utf-8") as file:
        lines = [json.loads(line)["text"] for line, _ in zip(file, range(LINES), strict=False)]
    rows = []
    for pieces in asked.pieces:
        base = open_base(cache.path("smollm2-135m-instruct"))
        ids = [base.text.tokenizer(text, add_special_tokens=False)["input_ids"] for text in ASKED]
        old = len(base.text.tokenizer)
        before = [logits(base.model, one)[:, :old] for one in ids]
        made = vocabulary.expand(base, lines, pieces)
        after = [logits(base.model, one)[:, :old] for one in ids]
        gap = max(float((a - b).abs().max()) for a, b in zip(before, after, strict=True))
        rows.append(
            {
                "base": "smollm2-135m-instruct",
                "pieces": len(made.pieces),
                "tokens a character before": round(made.before, 3),
                "after": round(made.after, 3),
                "fewer": f"{made.saved:.1%}",
                "largest change of an old logit": gap,
            }
        )
        print(rows[-1])
    notes = [
        f"{len(lines):,} articles of Chinese law; every tenth is held out and counted",
        "old logits differ by the order of sums in a larger matrix, float32",
    ]
    print(report.write("vocabulary", "python benchmarks/vocabulary.py DATA", rows, notes))


def logits(model: object, ids: list[int]) -> torch.Tensor:
    with torch.inference_mode():
        return model(input_ids=torch.tensor([ids])).logits[0]  # type: ignore[operator]


if __name__ == "__main__":
    main()
