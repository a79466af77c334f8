import socket
from pathlib import Path

import pytest
from model_doubles import GGUF, Hub

from domainkit.errors import ModelError
from domainkit.models.sources.transfer import download


def get(hub: Hub, target: Path, *, size: int = len(GGUF), token: str = "") -> list[int]:
    seen: list[int] = []
    download(f"{hub.address}/m.gguf", target, size=size, token=token, advance=seen.append)
    return seen


@pytest.fixture(autouse=True)
def content(hub: Hub) -> None:
    hub.files = {"/m.gguf": GGUF}


def test_a_file_arrives_whole_and_leaves_no_part(hub: Hub, tmp_path: Path) -> None:
    seen = get(hub, tmp_path / "deep" / "m.gguf")
    assert (tmp_path / "deep" / "m.gguf").read_bytes() == GGUF
    assert list((tmp_path / "deep").iterdir()) == [tmp_path / "deep" / "m.gguf"]
    assert seen[-1] == len(GGUF)
    assert seen == sorted(seen)


def test_a_broken_download_goes_on_where_it_stopped(hub: Hub, tmp_path: Path) -> None:
    hub.break_after = [1000, 500]
    get(hub, tmp_path / "m.gguf")
    assert (tmp_path / "m.gguf").read_bytes() == GGUF
    assert [headers.get("Range") for _, headers in hub.requests] == [
        None,
        "bytes=1000-",
        "bytes=1500-",
    ]


def test_the_next_call_goes_on_with_what_an_earlier_one_left(hub: Hub, tmp_path: Path) -> None:
    (tmp_path / "m.gguf.part").write_bytes(GGUF[:4321])
    get(hub, tmp_path / "m.gguf")
    assert (tmp_path / "m.gguf").read_bytes() == GGUF
    assert hub.requests[0][1]["Range"] == "bytes=4321-"


def test_a_part_that_is_whole_already_is_not_asked_for(hub: Hub, tmp_path: Path) -> None:
    (tmp_path / "m.gguf.part").write_bytes(GGUF)
    get(hub, tmp_path / "m.gguf")
    assert hub.requests == []


def test_a_host_that_gives_no_ranges_is_asked_for_everything(hub: Hub, tmp_path: Path) -> None:
    hub.ranges = False
    (tmp_path / "m.gguf.part").write_bytes(b"stale" * 10)
    get(hub, tmp_path / "m.gguf")
    assert (tmp_path / "m.gguf").read_bytes() == GGUF


def test_what_came_is_kept_when_the_host_brings_no_more(hub: Hub, tmp_path: Path) -> None:
    hub.break_after = [1000, 0]
    with pytest.raises(ModelError, match=r"broke off after 1,000 of 10,240 bytes"):
        get(hub, tmp_path / "m.gguf")
    assert (tmp_path / "m.gguf.part").read_bytes() == GGUF[:1000]


def test_a_host_that_always_breaks_off_is_given_up(hub: Hub, tmp_path: Path) -> None:
    hub.break_after = [100] * 50
    with pytest.raises(ModelError, match="broke off after 500 of"):
        get(hub, tmp_path / "m.gguf")
    assert len(hub.requests) == 5


@pytest.mark.parametrize("size", [len(GGUF) - 1, len(GGUF) + 1])
def test_another_size_is_refused_before_anything_is_kept(
    hub: Hub, tmp_path: Path, size: int
) -> None:
    with pytest.raises(ModelError, match=r"has 10,240 bytes, the catalogue says"):
        get(hub, tmp_path / "m.gguf", size=size)
    assert list(tmp_path.iterdir()) == []


def test_a_part_longer_than_the_file_is_thrown_away(hub: Hub, tmp_path: Path) -> None:
    (tmp_path / "m.gguf.part").write_bytes(GGUF + b"more")
    with pytest.raises(ModelError, match="416"):
        get(hub, tmp_path / "m.gguf")
    get(hub, tmp_path / "m.gguf")
    assert (tmp_path / "m.gguf").read_bytes() == GGUF


def test_a_missing_file_is_named_with_the_answer(hub: Hub, tmp_path: Path) -> None:
    hub.files = {}
    with pytest.raises(ModelError, match=r"/m\.gguf answered 404"):
        get(hub, tmp_path / "m.gguf")


def test_a_host_that_is_not_there_is_named(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(ModelError, match=rf"127\.0\.0\.1:{port} cannot be reached"):
        download(f"http://127.0.0.1:{port}/x", tmp_path / "x", size=1, advance=lambda _: None)


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://host/x", "/etc/passwd"])
def test_only_http_addresses_are_opened(url: str, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no http address"):
        download(url, tmp_path / "x", size=1, advance=lambda _: None)


def test_the_token_goes_to_the_named_host_alone(hub: Hub, tmp_path: Path) -> None:
    hub.redirect_to = hub.address.replace("127.0.0.1", "localhost")
    get(hub, tmp_path / "m.gguf", token="secret")  # noqa: S106
    (_, first), (path, second) = hub.requests
    assert first["Authorization"] == "Bearer secret"
    assert path.startswith("/elsewhere")
    assert "Authorization" not in second
