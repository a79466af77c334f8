"""Predictions of others are scored as those who published them scored them."""

from __future__ import annotations

import json
from pathlib import Path

import published
import pytest


@pytest.mark.parametrize(
    ("said", "right", "score"),
    [
        ("[正确答案]B<eoa>", "正确答案：B。", 1.0),
        ("B或C", "正确答案：B。", 0.0),
        ("不知道", "正确答案：B。", 0.0),
    ],
)
def test_one_letter_and_no_other(said: str, right: str, score: float) -> None:
    assert published.letters("ABCD", 5)(said, right) == score


def test_labels_amounts_and_characters() -> None:
    labels = published.kinds(("准予离婚", "法定离婚"), "、", trim=True)
    assert labels("准予离婚", "类别:准予离婚、法定离婚。") == pytest.approx(2 / 3)
    assert labels("无", "类别:准予离婚。") == 0.0
    assert published.amount("共计 2000 元", "上文涉及到的犯罪金额:2000.0元。") == 1.0
    assert published.characters("甲 乙", "回答:甲、乙、丙、丁") == pytest.approx(2 / 3)


def test_pubmedqa_is_scored_on_the_official_test(tmp_path: Path) -> None:
    rows = {
        str(n): {
            "final_decision": said, "reasoning_required_pred": "yes", "reasoning_free_pred": said
        }
        for n, said in enumerate(("yes", "no", "yes", "maybe"))
    }  # fmt: skip
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "ori_pqal.json").write_text(json.dumps(rows))
    (tmp_path / "data" / "test_ground_truth.json").write_text(json.dumps(dict.fromkeys("012")))
    made = {(row["of"], row["metric"]): row["ours"] for row in published.pubmedqa(tmp_path)}
    assert made["majority", "accuracy"] == round(2 / 3, 6)
    assert made["people, reasoning-free", "macro F1"] == 1.0
