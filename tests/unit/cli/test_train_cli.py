"""``domainkit train`` and ``adapters`` on a tiny base: what is printed, filed and refused."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import served_model
import tiny_model
import tiny_pack
from safetensors.numpy import load_file
from typer.testing import CliRunner

from domainkit.cli.main import app
from domainkit.errors import DomainkitError, PackError, TrainingError, UnknownComponent
from domainkit.generation.prompt import template_hash
from domainkit.packs import loader
from domainkit.training import run as runs


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model.write_base(tmp_path_factory.mktemp("base"))


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    with tiny_model.one_thread():
        yield


@pytest.fixture
def assistant(tmp_path: Path, base: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tiny_pack.write_pack(tmp_path / "tiny", base=base, assistant=True)
    monkeypatch.chdir(folder)
    return folder


def run(*arguments: str) -> Any:
    return CliRunner().invoke(app, arguments)


def refused(*arguments: str) -> DomainkitError:
    error = run(*arguments).exception
    assert isinstance(error, DomainkitError), error
    return error


def test_training_files_a_candidate_and_says_how_to_ask_it(assistant: Path) -> None:
    result = run("train", "--steps", "3")
    assert result.exit_code == 0, result.output
    assert "tiny-embedded: a candidate adapter" in result.stdout
    assert "domainkit ask --adapter tiny-embedded" in result.stdout
    assert "step 3/3 loss" in result.stderr
    folder = assistant / ".domainkit" / "adapters" / "tiny-embedded"
    assert (folder / "adapter_model.safetensors").is_file()


def test_steps_are_written_for_tensorboard(assistant: Path, tmp_path: Path) -> None:
    from tensorboardX.proto.event_pb2 import Event

    board = tmp_path / "board"
    made = json.loads(run("train", "--steps", "3", "--tensorboard", str(board), "--json").stdout)
    (file,) = board.iterdir()
    data, said = file.read_bytes(), list[tuple[int, str, float]]()
    while data:  # length, its checksum, an event, its checksum
        length = int.from_bytes(data[:8], "little")
        event = Event.FromString(data[12 : 12 + length])
        said += [(event.step, v.tag, v.simple_value) for v in event.summary.value]
        data = data[16 + length :]
    losses = [value for _, tag, value in said if tag == "sft/loss"]
    assert losses == pytest.approx(made["losses"], abs=1e-4)
    assert {(n, tag) for n, tag, _ in said} >= {
        (3, "sft/learning_rate"),
        (3, "sft/tokens_per_second"),
    }


def test_results_for_programs_stand_alone_on_stdout(assistant: Path) -> None:
    made = json.loads(run("train", "--steps", "2", "--name", "mine", "--json").stdout)
    assert made["name"] == "mine"
    assert len(made["losses"]) == 2
    assert made["canary"]["after"] > made["canary"]["before"]
    listed = json.loads(run("adapters", "list", "--json").stdout)
    shown = json.loads(run("adapters", "show", "mine", "--json").stdout)
    assert listed == [made] == [shown]


def test_a_second_run_takes_the_next_free_name(assistant: Path) -> None:
    for _ in range(2):
        assert run("train", "--steps", "2").exit_code == 0
    table = run("adapters", "list").stdout
    assert "tiny-embedded-2" in table
    assert "candidate" in table
    assert run("adapters", "show", "tiny-embedded-2").stdout.startswith("# tiny-embedded-2")


def test_an_adapter_is_exported_once_it_says_the_same(assistant: Path, base: Path) -> None:
    run("train", "--steps", "2", "--name", "mine")
    assert "names no model" in str(refused("adapters", "export", "mine"))
    (assistant / "domainkit.toml").write_text(f'[generation]\nmodel = "{base}"\n')

    done = json.loads(run("adapters", "export", "mine", "--to", "merged", "--json").stdout)

    assert done["parity"]["mean"] < done["limit"]
    assert (assistant / "exports" / "mine-merged" / "model.safetensors").is_file()
    assert "is no GGUF" in str(refused("adapters", "export", "mine", "--to", "gguf"))


TWO = """
from typer.testing import CliRunner
from domainkit.cli.main import app
from domainkit.training import parallel, sharding

def part(model, device):
    base = [weight for weight in model.parameters() if not weight.requires_grad]
    whole = sum(weight.numel() for weight in base)
    really(model, device)
    base = [weight for weight in model.parameters() if not weight.requires_grad]
    held.append(round(sum(weight.to_local().numel() for weight in base) / whole, 2))

really, held, sharding.part = sharding.part, [], part
with parallel.joined():
    for name in ("whole", "parted"):
        asked = ["train", "--steps", "2", "--recipe", name, "--name", f"{name}-2", "--json"]
        if CliRunner().invoke(app, asked, catch_exceptions=False).stdout:
            print(name, *held)
"""


def test_two_processes_train_what_one_does_whole_or_parted(assistant: Path) -> None:
    recipe = json.loads((assistant / "recipes" / "embedded.yaml").read_text())
    recipe["stages"][0] |= {"batch": 1, "accumulation": 3}  # two rows for one, one for the other
    for name, more in (("whole", {}), ("parted", {"sharded": True})):
        (assistant / "recipes" / f"{name}.yaml").write_text(json.dumps({**recipe, **more}))
    (assistant / "two.py").write_text(TWO)
    command = ("train", "--steps", "2", "--recipe", "parted", "--name", "one")
    assert run(*command).exit_code == 0  # alone, a base is not parted
    started = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    own = {k: v for k, v in os.environ.items() if k not in ("RANK", "WORLD_SIZE")}
    done = subprocess.run(
        [*started, "two.py"],
        cwd=assistant,
        env={**own, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["whole", "parted 0.5"]  # once; half of the base is held
    alone = json.loads(run("adapters", "show", "one", "--json").stdout)
    tensors = weights(alone)
    for name in ("whole-2", "parted-2"):
        made = json.loads(run("adapters", "show", name, "--json").stdout)
        assert made["processes"] == 2
        assert made["losses"] == pytest.approx(alone["losses"], abs=1e-4)
        assert made["canary"]["before"] == pytest.approx(alone["canary"]["before"], abs=1e-4)
        assert made["canary"]["after"] == pytest.approx(alone["canary"]["after"], abs=1e-4)
        assert weights(made).keys() == tensors.keys()
        for key, value in weights(made).items():
            assert value == pytest.approx(tensors[key], abs=1e-3), key


def weights(made: dict[str, Any]) -> dict[str, Any]:
    return load_file(Path(made["folder"]) / "adapter_model.safetensors")


def test_which_adapter_answers_is_said_changed_and_taken_back(assistant: Path) -> None:
    for name in ("first", "second"):
        assert run("train", "--steps", "1", "--name", name).exit_code == 0

    assert "first answers now" in run("adapters", "activate", "first", "--ungated").stdout
    assert json.loads(run("adapters", "activate", "second", "--ungated", "--json").stdout) == {
        "active": "second"
    }
    states = {a["name"]: a["state"] for a in json.loads(run("adapters", "list", "--json").stdout)}
    assert states == {"first": "retired", "second": "active"}
    assert "second is active" in run("adapters", "show", "second").stderr
    assert "first answers now" in run("adapters", "rollback").stdout
    assert "the base model alone answers now" in run("adapters", "retire", "first").stdout


def test_a_damaged_adapter_is_not_made_active(assistant: Path) -> None:
    assert run("train", "--steps", "1", "--name", "first").exit_code == 0
    weights = assistant / ".domainkit" / "adapters" / "first" / "adapter_model.safetensors"
    weights.write_bytes(weights.read_bytes() + b"x")

    assert "is damaged" in str(refused("adapters", "activate", "first"))


def test_two_adapters_are_told_apart_by_what_differs(assistant: Path) -> None:
    for name, steps in (("first", "1"), ("second", "2")):
        assert run("train", "--steps", steps, "--name", name).exit_code == 0

    differing = json.loads(run("adapters", "diff", "first", "second", "--json").stdout)

    assert differing["name"] == {"first": "first", "second": "second"}
    assert "losses.last" in differing
    assert "base.fingerprint" not in differing
    assert "weights" in run("adapters", "diff", "first", "second").stdout


def test_adapters_are_served_only_where_a_server_is_named(assistant: Path) -> None:
    assert run("train", "--steps", "1", "--name", "first").exit_code == 0

    assert "no server is named" in str(refused("adapters", "load", "first"))


def test_a_served_adapter_is_loaded_and_unloaded(
    assistant: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("train", "--steps", "1", "--name", "first").exit_code == 0
    with served_model.served(served_model.Model()) as server:
        monkeypatch.setenv("DOMAINKIT_GENERATION__URL", server.url)
        monkeypatch.setenv("DOMAINKIT_GENERATION__KEY", served_model.KEY)

        assert "serves base, first" in run("adapters", "load", "first").stdout
        assert server.adapters["first"].endswith(".domainkit/adapters/first")
        unloaded = json.loads(run("adapters", "unload", "first", "--json").stdout)
        assert unloaded["serves"] == ["base"]


def test_a_dry_run_shows_what_would_be_trained_and_trains_nothing(assistant: Path) -> None:
    said = run("train", "--dry-run").stdout
    for fact in (
        "2 answers, 1 refusals",
        "to 404 an example",
        "6 steps of 2 rows",
        "q_proj, k_proj, v_proj",
        "memory    about",
        "answer    Adults never take more than eight in a day [2].",
    ):
        assert fact in said
    summary = json.loads(run("train", "--dry-run", "--json", "--steps", "9").stdout)
    assert summary["steps"] == 9
    assert summary["tokens"]["example"]["max"] == 404
    assert not (assistant / ".domainkit").exists()


def test_a_dry_run_without_the_base_says_what_it_cannot_count(assistant: Path) -> None:
    path = assistant / "recipes" / "embedded.yaml"
    recipe = json.loads(path.read_text())
    recipe["base"] = {
        "kind": "hub",
        "name": "nobody/glm",
        "licence": "none",
        "config": {"model_type": "glm", **tiny_model.SHAPE, "vocab_size": 300, "pad_token_id": 0},
    }
    path.write_text(json.dumps(recipe))
    said = run("train", "--dry-run").stdout
    assert "nobody/glm, not here: the model nobody/glm is not on this machine" in said
    assert "not counted: the base's tokenizer is not here" in said
    assert "gate_up_proj" in said
    assert "hf download nobody/glm" in str(refused("train"))


def test_another_base_can_be_tuned_by_the_same_recipe(assistant: Path, tmp_path: Path) -> None:
    other = tiny_model.write_base(tmp_path / "other-llama", seed=4)
    made = json.loads(run("train", "--steps", "2", "--base", str(other), "--json").stdout)
    assert made["base"]["name"] == "other-llama"


def test_what_the_user_got_wrong_is_one_line_with_the_next_command(assistant: Path) -> None:
    assert "no recipe called 'embeded' (did you mean embedded?)" in str(
        refused("train", "--recipe", "embeded")
    )
    error = refused("adapters", "show", "mine")
    assert isinstance(error, UnknownComponent)
    assert error.hint == "domainkit train"
    assert "go on with" in str(refused("train", "--resume"))
    (assistant / "recipes" / "embedded.yaml").write_text("schema: 1\nsead: 2\n")
    error = refused("train")
    assert isinstance(error, PackError)
    assert "recipes/embedded.yaml" in error.message
    (assistant / "domainkit.toml").unlink()
    assert "domainkit new" in refused("adapters", "list").hint


def test_no_adapters_is_not_an_error(assistant: Path) -> None:
    result = run("adapters", "list")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "domainkit train" in result.stderr
    assert json.loads(run("adapters", "list", "--json").stdout) == []


def interrupted(*, after: int) -> Callable[..., Any]:
    """Return a training that is sent Ctrl-C at a step."""
    whole = runs.run

    def training(*arguments: Any, progress: Callable[[Any], None], **options: Any) -> Any:
        def interrupt(step: Any) -> None:
            progress(step)
            if step.number == after:
                os.kill(os.getpid(), signal.SIGINT)

        return whole(*arguments, **options, progress=interrupt)

    return training


def test_ctrl_c_keeps_the_run_and_resume_ends_it(
    assistant: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "run", interrupted(after=2))
    before = signal.getsignal(signal.SIGINT)
    error = refused("train", "--steps", "4")
    assert isinstance(error, TrainingError)
    assert "stopped after step 2 of 4" in error.message
    assert signal.getsignal(signal.SIGINT) is before

    monkeypatch.undo()
    monkeypatch.chdir(assistant)
    resumed = json.loads(run("train", "--steps", "4", "--resume", "--json").stdout)
    assert len(resumed["losses"]) == 4


def test_a_pack_is_trained_for_in_an_assistant_made_for_it(
    base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack = tiny_pack.write_pack(tmp_path / "tiny", base=base)
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    asked = ("train", "--domain", str(pack), "--steps", "2")

    assert json.loads(run(*asked, "--dry-run", "--json").stdout)["steps"] == 2
    assert list(Path().iterdir()) == []
    made = json.loads(run(*asked, "--json").stdout)

    assert (made["name"], made["pack"]["name"]) == ("tiny-embedded", "tiny")
    assert Path(made["folder"]).parent == Path("tiny-training/.domainkit/adapters").resolve()
    monkeypatch.chdir("tiny-training")
    (listed,) = json.loads(run("adapters", "list", "--json").stdout)
    assert listed["pack"]["prompt"] == template_hash(loader.load(Path()))  # so it can be gated
    monkeypatch.chdir("..")
    assert run(*asked, "--json").exit_code == 0
    assert (Path("tiny-training") / ".domainkit" / "adapters" / "tiny-embedded-2").is_dir()
    error = refused("train", "--domain", "medical", "--assistant", "tiny-training")
    assert "is an assistant of another pack than medical" in str(error)
    monkeypatch.setenv("WORLD_SIZE", "2")
    assert "several processes would make it" in str(refused(*asked, "--assistant", "other"))


def test_a_run_for_a_pack_is_stopped_and_resumed(
    base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack = tiny_pack.write_pack(tmp_path / "tiny", base=base)
    asked = ("train", "--domain", str(pack), "--steps", "4", "--assistant", str(tmp_path / "at"))
    whole = json.loads(run(*asked, "--name", "whole", "--json").stdout)
    monkeypatch.setattr(runs, "run", interrupted(after=2))
    assert "stopped after step 2 of 4" in str(refused(*asked))
    monkeypatch.undo()

    resumed = json.loads(run(*asked, "--resume", "--json").stdout)

    assert (resumed["losses"], resumed["weights"]) == (whole["losses"], whole["weights"])
