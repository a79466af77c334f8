"""Goes on with the pretraining of the embedded model on abstracts; measures it on others.

    python benchmarks/pretraining.py [DATA] [--steps N]

DATA is the folder of benchmark data; by default DOMAINKIT_DATA or ../shared/data. The abstracts
are those of bioasq, parted by chance into what is trained on and what is measured.
"""

from __future__ import annotations

import json
import math
import os
import random
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from report import write

from domainkit.generation.base_model import open_base
from domainkit.generation.merging import reopen
from domainkit.packs import loader, scaffold
from domainkit.training import recipe
from domainkit.training.likelihood import mean_log_probability
from domainkit.training.loop import Step
from domainkit.training.plan import Plan, plan
from domainkit.training.run import run

COMMAND = "python benchmarks/pretraining.py"
STEPS = int(sys.argv[sys.argv.index("--steps") + 1]) if "--steps" in sys.argv else 40
TRAINED, MEASURED, CHARACTERS, SEED = 400, 60, 1200, 20
FILE = "train/abstracts.jsonl"
RECIPE = {
    "schema": 1,
    "title": "Abstracts, before anything is asked of them",
    "base": {"kind": "catalogue", "name": "smollm2-135m-instruct", "licence": "Apache-2.0"},
    "method": {"name": "lora", "r": 16, "alpha": 32},
    "data": [{"path": FILE, "format": "text", "licence": "their journals'", "split": "all"}],
    "stages": [
        {
            "kind": "pretrain",
            "steps": STEPS,
            "learning_rate": 5e-4,
            "warmup": 0.1,
            "batch": 4,
            "max_tokens": 400,
            "too_long": "cut",
        }
    ],
    "precision": "mixed",
    "seed": SEED,
}


def main() -> None:
    given = [one for one in sys.argv[1:] if not one.startswith("--") and not one.isdigit()]
    data = Path(given[0] if given else os.environ.get("DOMAINKIT_DATA", "../shared/data"))
    texts = _texts(data / "bench" / "bioasq" / "corpus.jsonl")
    with tempfile.TemporaryDirectory() as place:
        trained = _planned(Path(place) / "trained", texts[MEASURED:])
        unseen = _planned(Path(place) / "unseen", texts[:MEASURED])
        adapter = run(
            trained,
            adapters=Path(place) / "adapters",
            name="abstracts",
            now=datetime.now(UTC),
            progress=_tell,
        )
        rows = list(unseen.rows(0))
        base = open_base(
            recipe.locate(trained.named.recipe.base), precision="float32", device="cpu"
        )
        before = mean_log_probability(base.model, rows)
        after = mean_log_probability(reopen(base.model, adapter.folder), rows)
    record = adapter.manifest
    told, now = math.exp(-before), math.exp(-after)
    line = {
        "abstracts": len(texts) - MEASURED,
        "steps": len(record.losses),
        "tokens": record.tokens,
        "training s": record.seconds,
        "measured on": MEASURED,
        "perplexity before": told,
        "perplexity after": now,
        "lower by": f"{1 - now / told:.1%}",
    }
    print(
        write(
            "pretraining",
            COMMAND,
            [line],
            [
                f"smollm2-135m-instruct, LoRA r 16 on every linear layer, abstracts of at most "
                f"{CHARACTERS} characters, seed {SEED}; no text is in both parts",
                "perplexity: of a token of the abstracts that were held out, in float32",
            ],
        )
    )


def _texts(corpus: Path) -> list[str]:
    rows = [json.loads(line) for line in corpus.read_text("utf-8").splitlines()]
    texts = sorted({f"{row['title']}\n{row['text']}"[:CHARACTERS].strip() for row in rows})
    return random.Random(SEED).sample(texts, TRAINED + MEASURED)  # noqa: S311 - a sample


def _planned(folder: Path, texts: Sequence[str]) -> Plan:
    made = scaffold.plan(folder.name, domain="biomedical", language="en", base=folder.parent)
    scaffold.write(made)
    (made.folder / FILE).parent.mkdir(exist_ok=True)
    lines = (json.dumps({"text": text}, ensure_ascii=False) for text in texts)
    (made.folder / FILE).write_text("\n".join(lines), "utf-8")
    (made.folder / "recipes").mkdir(exist_ok=True)
    (made.folder / "recipes" / "abstracts.yaml").write_text(json.dumps(RECIPE), "utf-8")
    pack = loader.load(made.folder)
    return plan(pack, recipe.find(pack, "abstracts"), prompt_tokens=1024)


def _tell(step: Step) -> None:
    print(f"{step.number}/{step.of} loss {step.loss:.3f} {step.seconds:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
