"""New pieces save tokens, begin as what spelt them, and leave old tokens as they were."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from domainkit.errors import TrainingError
from domainkit.generation.base_model import BaseModel, open_base
from domainkit.packs.schemas.recipe import Ia3, Lora
from domainkit.training import vocabulary
from domainkit.training.methods import attach

LAW = ["劳动合同应当以书面形式订立。", "劳动者可以解除劳动合同。", "用人单位应当支付赔偿金。"] * 10


def test_pieces_save_tokens_and_old_logits_do_not_change(base: BaseModel) -> None:
    words = base.text.tokenizer
    old = len(words)
    ids = words("The tenant 合同", add_special_tokens=False)["input_ids"]
    spelt = words("劳动合同", add_special_tokens=False)["input_ids"]
    with torch.inference_mode():
        before = base.model(input_ids=torch.tensor([ids])).logits
        made = vocabulary.expand(base, LAW, 12)
        after = base.model(input_ids=torch.tensor([ids])).logits
    assert torch.equal(before, after[..., :old])
    assert after.shape[-1] == old + len(made.pieces)
    assert made.saved > 0.2
    assert words.decode(words(LAW[0], add_special_tokens=False)["input_ids"]) == LAW[0]
    rows = base.model.get_input_embeddings().weight
    if "劳动合同" in made.pieces:
        token = words.convert_tokens_to_ids("劳动合同")
        assert torch.allclose(rows[token], rows[spelt].mean(dim=0))


def test_a_base_is_written_with_its_pieces_and_their_rows_are_trained(
    tmp_path: Path, base_folder: Path
) -> None:
    made = vocabulary.write(base_folder, LAW, 5, tmp_path / "grown")
    assert vocabulary.rows_of(tmp_path / "grown") == made.ids
    assert vocabulary.rows_of(base_folder) == ()
    grown = open_base(tmp_path / "grown")
    tuned = attach(grown.model, Lora(r=2), ["q_proj"], seed=0, tokens=made.ids)
    trained = [name for name, p in tuned.named_parameters() if p.requires_grad]
    assert any("trainable_tokens" in name for name in trained)
    with pytest.raises(TrainingError, match="there already"):
        vocabulary.write(base_folder, LAW, 5, tmp_path / "grown")
    with pytest.raises(TrainingError, match="new pieces, whose rows ia3 does not train"):
        attach(open_base(base_folder).model, Ia3(name="ia3"), ["q_proj"], seed=0, tokens=(1,))


def test_a_text_without_a_word_of_its_own_is_refused(base: BaseModel) -> None:
    with pytest.raises(TrainingError, match="no word of this text is worth a piece"):
        vocabulary.expand(base, ["a b c"], 5)


def test_lines_come_from_texts_and_from_rows(tmp_path: Path) -> None:
    (tmp_path / "law.txt").write_text("第一条\n\n第二条")
    (tmp_path / "rows.json").write_text('[{"instruction": "几片？", "output": "两片"}, {"x": 1}]')
    assert vocabulary.lines_of(tmp_path / "law.txt") == ["第一条", "第二条"]
    assert vocabulary.lines_of(tmp_path / "rows.json") == ["几片？", "两片"]
