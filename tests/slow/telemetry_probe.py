"""Runs libraries with the network watched: every attempt to reach it is written down.

``python telemetry_probe.py LOG NAME[,NAME…] [--loud]``. Python's own sockets are seen by an audit
hook, which writes a line to LOG and refuses. Sockets of native code (Rust, C++) are seen by the
kernel (Linux): the process is killed by SIGSYS. ``--loud`` leaves domainkit's silence out, to
prove that the probe sees what it is there to see.
"""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import platform
import socket
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

WATCHED = ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto")
LOUD = "--loud" in sys.argv


def watch(log: Path) -> None:
    """Write every attempt to reach another machine to ``log``, and refuse it."""
    out = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)  # children write to it too

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if event in WATCHED:
            target = arguments if event.startswith("socket.get") else arguments[1:]
            if isinstance(target[0], str | bytes) and not event.startswith("socket.get"):
                return  # a socket of this machine, named by a path
            os.write(out, f"{json.dumps([event, repr(target)])}\n".encode())
            raise ConnectionRefusedError(f"{event} {target}: the network is watched")

    sys.addaudithook(hook)


def trap() -> None:
    """Have the kernel kill this process when any of its code opens an internet socket."""
    numbers = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}
    if sys.platform != "linux" or platform.machine() not in numbers:
        return
    architecture, socket_call = numbers[platform.machine()]
    load, equal, leave, allow, kill = 0x20, 0x15, 0x06, 0x7FFF0000, 0x80000000
    program = [
        (load, 0, 0, 4),  # the architecture
        (equal, 0, 5, architecture),
        (load, 0, 0, 0),  # the system call
        (equal, 0, 3, socket_call),
        (load, 0, 0, 16),  # its first argument: the address family
        (equal, 2, 0, socket.AF_INET),
        (equal, 1, 0, socket.AF_INET6),
        (leave, 0, 0, allow),
        (leave, 0, 0, kill),
    ]

    class Instruction(ctypes.Structure):
        _fields_ = [
            ("code", ctypes.c_uint16),
            ("jt", ctypes.c_uint8),
            ("jf", ctypes.c_uint8),
            ("k", ctypes.c_uint32),
        ]

    class Program(ctypes.Structure):
        _fields_ = [("length", ctypes.c_uint16), ("filter", ctypes.POINTER(Instruction))]

    filters = (Instruction * len(program))(*program)
    libc = ctypes.CDLL(None, use_errno=True)
    no_new_privileges, seccomp, filter_mode = 38, 22, 2
    if libc.prctl(no_new_privileges, 1, 0, 0, 0) or libc.prctl(
        seccomp, filter_mode, ctypes.byref(Program(len(program), filters)), 0, 0
    ):
        raise OSError(ctypes.get_errno(), "the kernel takes no filter")


def load(module: str) -> ModuleType:
    """Import ``module`` as domainkit does, or as anyone would."""
    if LOUD:
        return importlib.import_module(module)
    from domainkit import extras

    return extras.load(module, needed_for="this test")


def chromadb() -> None:
    client = load("chromadb").PersistentClient(path=tempfile.mkdtemp())
    collection = client.create_collection("passages", embedding_function=None)
    collection.add(ids=["1", "2"], embeddings=[[1.0, 0.0], [0.0, 1.0]])
    found = collection.query(query_embeddings=[[0.9, 0.1]], n_results=1)
    assert found["ids"] == [["1"]]


def unstructured() -> None:
    nlp = load("spacy").blank("en")
    nlp.add_pipe("sentencizer")
    load("unstructured.nlp.tokenize")._get_nlp = lambda: nlp  # its own loader fetches a model
    for kind, text in (
        ("md", "# Dose\n\nTake two tablets."),
        ("html", "<h1>Dose</h1><p>Take two tablets.</p>"),
        ("text", "Take two tablets."),
    ):
        part = getattr(load(f"unstructured.partition.{kind}"), f"partition_{kind}")
        assert any("two tablets" in element.text for element in part(text=text))


def openvino() -> None:
    torch = load("torch")
    model = load("openvino").convert_model(torch.nn.Linear(2, 2), example_input=torch.ones(1, 2))
    assert load("openvino").compile_model(model, "CPU")([torch.ones(1, 2).numpy()])


def openvino_genai() -> None:
    genai = load("openvino_genai")
    if len(sys.argv) > 3 and not LOUD:
        pipeline = genai.LLMPipeline(sys.argv[3], "CPU")
        assert str(pipeline.generate("The capital of France is", max_new_tokens=3))


def _tiny_llama():
    config = load("transformers").AutoConfig.for_model(
        "llama",
        vocab_size=32,
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=2,
    )
    return load("transformers").AutoModelForCausalLM.from_config(config)


def transformers() -> None:
    place = tempfile.mkdtemp()
    _tiny_llama().save_pretrained(place)
    model = load("transformers").AutoModelForCausalLM.from_pretrained(place)
    ids = load("torch").tensor([[1, 2, 3]])
    assert model.generate(ids, max_new_tokens=2, do_sample=False).shape == (1, 5)


def peft() -> None:
    library = load("peft")
    place = tempfile.mkdtemp()
    model = library.get_peft_model(
        _tiny_llama(), library.LoraConfig(r=2, target_modules=["q_proj"])
    )
    model.save_pretrained(place)
    assert library.PeftModel.from_pretrained(_tiny_llama(), place)


def sentence_transformers() -> None:
    library, hf = load("sentence_transformers"), load("transformers")
    place = Path(tempfile.mkdtemp())
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "take", "two", "tablets"]
    (place / "vocab.txt").write_text("\n".join(words))
    hf.BertTokenizerFast(str(place / "vocab.txt")).save_pretrained(place)
    config = hf.BertConfig(
        vocab_size=len(words),
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
    )
    hf.BertModel(config).save_pretrained(place)
    assert library.SentenceTransformer(str(place)).encode(["take two tablets"]).shape == (1, 8)


def langchain() -> None:
    library = load("langchain_text_splitters")
    splitter = library.RecursiveCharacterTextSplitter(chunk_size=20, chunk_overlap=0)
    assert splitter.split_text("Take two tablets. Then rest for a day.")
    fake = load("langchain_core.language_models").FakeListChatModel(responses=["Two."])
    prompt = load("langchain_core.prompts").ChatPromptTemplate.from_messages([("human", "{q}")])
    assert (prompt | fake).invoke({"q": "How many?"}).content == "Two."


def others() -> None:
    from domainkit import extras

    for library, extra in extras.EXTRAS.items():
        if library not in PROBES and extra not in ("gpu", "harness"):  # `all` is without them
            load(library)


def native() -> None:
    """Open a socket behind Python's back, as a Rust or C++ library would."""
    ctypes.CDLL(None).socket(int(socket.AF_INET), int(socket.SOCK_STREAM), 0)


PROBES: dict[str, Callable[[], None]] = {
    probe.__name__: probe
    for probe in (
        chromadb,
        unstructured,
        openvino,
        openvino_genai,
        transformers,
        peft,
        sentence_transformers,
        langchain,
        others,
        native,
    )
}

if __name__ == "__main__":
    # urllib3 opens one socket when it is imported, to ask this machine whether it has IPv6.
    importlib.import_module("urllib3")
    watch(Path(sys.argv[1]))
    trap()
    for name in sys.argv[2].split(","):
        PROBES[name]()
