from pathlib import Path

import pytest

from domainkit import settings
from domainkit.errors import SettingsError


def write(folder: Path, text: str) -> Path:
    (folder / settings.FILE).write_text(text, encoding="utf-8")
    return folder


def test_without_anything_the_defaults_hold() -> None:
    loaded = settings.load(environ={})
    assert loaded == settings.Settings()
    assert (loaded.tier, loaded.server.host) == ("embedded", "127.0.0.1")


def test_a_folder_without_a_file_is_no_error(tmp_path: Path) -> None:
    assert settings.load(tmp_path, environ={}) == settings.Settings()


def test_flags_beat_variables_and_variables_beat_the_file(tmp_path: Path) -> None:
    write(tmp_path, 'tier = "cpu"\n[server]\nhost = "a"\nport = 1\n[generation]\nthreads = 1\n')
    loaded = settings.load(
        tmp_path,
        environ={"DOMAINKIT_SERVER__HOST": "b", "DOMAINKIT_SERVER__PORT": "2"},
        overrides={"server.port": 3, "server.host": None},
    )
    assert loaded.tier == "cpu"
    assert loaded.generation.threads == 1
    assert (loaded.server.host, loaded.server.port) == ("b", 3)


def test_the_process_environment_is_read_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOMAINKIT_TIER", "extractive")
    assert settings.load().tier == "extractive"
    assert settings.load(environ={}).tier == "embedded"


def test_variables_that_are_no_settings_are_left_alone() -> None:
    environ = {"DOMAINKIT_DATA": "/data", "HOME": "/root", "XDOMAINKIT_TIER": "gpu"}
    assert settings.load(environ=environ) == settings.Settings()


@pytest.mark.parametrize(
    ("text", "place", "hint"),
    [
        ('tier = "huge"', ":tier: Input should be 'extractive'", "correct "),
        ("[server]\nport = 99999", ":server.port: Input should be less", "correct "),
        ("[server]\nprot = 1", ":server.prot: Extra inputs", "did you mean port?"),
        ("[servr]\nport = 1", ":servr: Extra inputs", "did you mean server?"),
        ("[generation]\nmax_tokens = 0", ":generation.max_tokens:", "correct "),
        ("server = 3", ":server: Input should be", "correct "),
        ("tier = = 1", "(at line 1", "correct the TOML"),
    ],
)
def test_a_wrong_file_is_named_with_its_key(
    tmp_path: Path, text: str, place: str, hint: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        settings.load(write(tmp_path, text), environ={})
    assert caught.value.message.startswith(str(tmp_path / "domainkit.toml"))
    assert place in caught.value.message
    assert caught.value.hint.startswith(hint)


def test_a_file_that_is_no_utf8_is_named(tmp_path: Path) -> None:
    (tmp_path / settings.FILE).write_bytes(b'tier = "\xff"')
    with pytest.raises(SettingsError, match=r"domainkit\.toml.*utf-8"):
        settings.load(tmp_path, environ={})


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("DOMAINKIT_SERVER__PORT", "many"),
        ("DOMAINKIT_SERVER__PORTT", "1"),
        ("DOMAINKIT_SERVR__PORT", "1"),
        ("DOMAINKIT_TIER__DEEP", "1"),
    ],
)
def test_a_wrong_variable_is_named(tmp_path: Path, variable: str, value: str) -> None:
    with pytest.raises(SettingsError) as caught:
        settings.load(write(tmp_path, "[server]\nport = 1\n"), environ={variable: value})
    assert caught.value.message.startswith(variable)


def test_a_variable_that_meets_no_table_is_named(tmp_path: Path) -> None:
    folder = write(tmp_path, "server = 3")
    with pytest.raises(SettingsError, match=r"DOMAINKIT_SERVER__PORT is a setting of \[server\]"):
        settings.load(folder, environ={"DOMAINKIT_SERVER__PORT": "1"})


def test_a_wrong_flag_is_named(tmp_path: Path) -> None:
    folder = write(tmp_path, "[server]\nport = 1\n")
    with pytest.raises(SettingsError, match=r"^the flag for server\.port: "):
        settings.load(folder, environ={}, overrides={"server.port": -1})


def test_a_path_of_the_file_counts_from_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    write(tmp_path, '[models]\ncache = "models"\nfolder = "~/stick"\n')
    loaded = settings.load(tmp_path, environ={}).models
    assert loaded.cache == tmp_path / "models"
    assert loaded.folder == tmp_path / "home" / "stick"


def test_a_path_of_a_variable_counts_from_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    environ = {"DOMAINKIT_MODELS__CACHE": "models", "DOMAINKIT_MODELS__FOLDER": "~/stick"}
    loaded = settings.load(tmp_path, environ=environ).models
    assert loaded.cache == Path("models")
    assert loaded.folder == tmp_path / "home" / "stick"


def test_the_nearest_assistant_is_found_from_below(tmp_path: Path) -> None:
    deep = tmp_path / "assistant" / "documents" / "letters"
    deep.mkdir(parents=True)
    assert settings.nearest(tmp_path) is None
    write(tmp_path / "assistant", "")
    assert settings.nearest(deep) == (tmp_path / "assistant").resolve()
    assert settings.nearest(tmp_path) is None
