from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import tiny_gguf
import tiny_model
from tiny_adapters import write_adapter

from domainkit.errors import GateFailed, GenerationError, ModelError
from domainkit.generation import export, gguf_lora, merging, ollama, parity
from domainkit.generation.adapters import Adapter, Adapters
from domainkit.generation.base_model import open_base
from domainkit.generation.template import ChatTemplate
from domainkit.models import cache
from domainkit.types import Message


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    with tiny_model.one_thread():
        yield


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_gguf.write(tmp_path_factory.mktemp("base") / "tiny.gguf", kind="F32", context=1024)


@pytest.fixture(scope="module")
def adapter(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Adapter:
    folder = tmp_path_factory.mktemp("adapters")
    write_adapter(folder / "one", base, seed=0, scale=1.0)
    return Adapters(folder).get("one")


def test_a_merged_model_says_what_the_adapter_said(
    adapter: Adapter, base: Path, tmp_path: Path
) -> None:
    done = export.export(adapter, "merged", base=base, target=tmp_path / "out" / "one")

    assert done.parity.mean < parity.MERGED
    assert done.parity.same_first == done.parity.prompts == 4
    opened = open_base(done.folder)
    assert opened.text.chat.source == tiny_gguf.TEMPLATE
    card = json.loads((done.folder / export.CARD).read_text())
    assert card["adapter"] == "one"
    assert card["base"]["fingerprint"] == adapter.manifest.base.fingerprint
    weights = done.folder / "model.safetensors"
    assert card["sha256"]["model.safetensors"] == cache.sha256(weights)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["one"]


def test_beside_a_gguf_it_comes_with_a_modelfile_of_our_template(
    adapter: Adapter, base: Path, tmp_path: Path
) -> None:
    done = export.export(adapter, "ollama", base=base, target=tmp_path / "one")

    assert done.parity.mean < 0.01
    written = (done.folder / ollama.FILE).read_text()
    assert written.startswith(f"FROM {base}\nADAPTER ./adapter.gguf\n")
    assert 'PARAMETER stop "<|im_end|>"' in written
    assert (done.folder / export.ADAPTER).is_file()
    again = pytest.raises(ModelError, match="is there already")
    with again:
        export.export(adapter, "gguf", base=base, target=tmp_path / "one")


def test_a_wrong_order_of_rows_is_not_handed_out(
    adapter: Adapter, base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gguf_lora, "ordered", lambda rows, *_: rows)
    with pytest.raises(GateFailed, match="'one' as gguf, beside the base in float32: log-p"):
        export.export(adapter, "gguf", base=base, target=tmp_path / "one")
    assert list(tmp_path.iterdir()) == []


def test_a_template_that_has_drifted_is_not_handed_out(
    adapter: Adapter, base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = ollama.template

    def drifted(chat: ChatTemplate, **more: Any) -> str:
        return made(chat, **more).replace("<|im_end|>\n", "<|im_end|>")

    with monkeypatch.context() as planted:
        planted.setattr(ollama, "template", drifted)
        with pytest.raises(GateFailed, match="Modelfile's template: a prompt is read as other"):
            export.export(adapter, "ollama", base=base, target=tmp_path / "one")

    merge = merging.merge

    def forgetful(base: Path, adapter: Path, folder: Path) -> None:
        merge(base, adapter, folder)
        template = next(folder.glob("chat_template*"))
        template.write_text(template.read_text().replace("assistant\n", "assistant"))

    monkeypatch.setattr(merging, "merge", forgetful)
    with pytest.raises(GateFailed, match="merged model: a prompt is read as other tokens"):
        export.export(adapter, "merged", base=base, target=tmp_path / "one")
    assert list(tmp_path.iterdir()) == []


def test_a_base_that_is_a_folder_needs_a_gguf_beside_it(adapter: Adapter, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="is no GGUF") as refused:
        export.export(adapter, "gguf", base=tmp_path, target=tmp_path / "one")
    assert "--gguf" in refused.value.hint


SYSTEM, USER = Message("system", "Be {brief}."), Message("user", "How {{many}}?")
SMOL = ChatTemplate(
    "{% for m in messages %}{% if loop.first and m['role'] != 'system' %}<|s|>Kind.<|e|>\n"
    "{% endif %}<|{{ m['role'] }}|>{{ m['content'] }}<|e|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
LLAMA = ChatTemplate(
    "{{ bos_token }}{% for m in messages %}[{{ m['role'] }}]{{ m['content'] }}<eot>{% endfor %}"
    "{% if add_generation_prompt %}[assistant]{% endif %}",
    {"bos_token": "<s>"},
)


@pytest.mark.parametrize("chat", [SMOL, LLAMA], ids=["a default system", "a beginning"])
@pytest.mark.parametrize("said", [[SYSTEM, USER], [USER]], ids=["system", "no system"])
def test_a_template_in_gos_language_writes_the_same(
    chat: ChatTemplate, said: list[Message]
) -> None:
    assert ollama.rendered(ollama.template(chat, adds_bos=False), said) == chat.render(said)
    begun = ollama.rendered(ollama.template(chat, adds_bos=True), said)
    assert begun == chat.render(said).removeprefix("<s>")


def test_a_template_that_changes_words_is_refused() -> None:
    shouting = ChatTemplate("{% for m in messages %}{{ m['content'] | upper }}{% endfor %}")
    with pytest.raises(GenerationError, match="changes what it is given"):
        ollama.template(shouting, adds_bos=False)
