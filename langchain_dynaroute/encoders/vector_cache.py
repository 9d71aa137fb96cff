"""Vectors kept on disk, so that no text is encoded twice."""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from langchain_dynaroute.encoders.base import Encoder

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

FILE = "vectors.sqlite3"
_WAIT_S = 60.0
"""How long a process waits while another one writes."""
_ASKED_AT_ONCE = 500


class VectorCache:
    """Vectors by the hash of encoder id and text, in one SQLite file; safe for several processes."""

    def __init__(self, folder: str | Path | None = None) -> None:
        """Store the folder; None is the user's cache folder. The file is made on first use."""
        self.folder = folder

    @property
    def path(self) -> Path:
        """The file."""
        if self.folder is not None:
            return Path(self.folder) / FILE
        from platformdirs import user_cache_path

        return user_cache_path("langchain-dynaroute") / FILE

    def get(self, encoder_id: str, texts: Iterable[str]) -> dict[str, NDArray[np.float32]]:
        """Return text → vector for the texts that are known."""
        keys = {_key(encoder_id, text): text for text in texts}
        found: dict[str, NDArray[np.float32]] = {}
        with closing(self._open()) as base:
            for part in _parts(list(keys), _ASKED_AT_ONCE):
                marks = ",".join("?" * len(part))
                rows = base.execute(f"SELECT key, vector FROM vectors WHERE key IN ({marks})", part)  # noqa: S608 - marks alone
                found.update((keys[key], np.frombuffer(vector, dtype="<f4").copy()) for key, vector in rows)
        return found

    def put(self, encoder_id: str, vectors: Mapping[str, NDArray[np.float32]]) -> None:
        """Keep vectors by text; what is there already stays."""
        rows = [(_key(encoder_id, text), vector.astype("<f4").tobytes()) for text, vector in vectors.items()]
        with closing(self._open()) as base, base:
            base.executemany("INSERT OR IGNORE INTO vectors VALUES (?, ?)", rows)

    def __len__(self) -> int:
        with closing(self._open()) as base:
            return int(base.execute("SELECT count(*) FROM vectors").fetchone()[0])

    def _open(self) -> sqlite3.Connection:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        base = sqlite3.connect(self.path, timeout=_WAIT_S)
        base.execute("CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB NOT NULL) WITHOUT ROWID")
        return base

    def __repr__(self) -> str:
        """Name the file."""
        return f"VectorCache({str(self.path)!r})"


class CachedEncoder(Encoder):
    """An encoder that looks a text up before it encodes it; same id, same vectors."""

    def __init__(self, encoder: Encoder, folder: str | Path | None = None) -> None:
        """Store the encoder and where its vectors are kept; None is the user's cache folder."""
        self.encoder = encoder
        self.folder = folder

    @property
    def name(self) -> str:  # type: ignore[override]
        """That of the encoder."""
        return self.encoder.name

    @property
    def version(self) -> str:
        """That of the encoder."""
        return self.encoder.version

    @property
    def width(self) -> int:
        """That of the encoder."""
        return self.encoder.width

    def _encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        cache, own = VectorCache(self.folder), self.encoder.id
        known = cache.get(own, texts)
        new = list(dict.fromkeys(text for text in texts if text not in known))
        if new:
            fresh = dict(zip(new, self.encoder.encode(new), strict=True))
            cache.put(own, fresh)
            known |= fresh
        return np.stack([known[text] for text in texts])

    def __repr__(self) -> str:
        """Show the encoder within."""
        return f"CachedEncoder({self.encoder!r}{'' if self.folder is None else f', {str(self.folder)!r}'})"


def _key(encoder_id: str, text: str) -> bytes:
    return hashlib.sha256(f"{encoder_id}\x1e{text}".encode("utf-8", "surrogatepass")).digest()


def _parts(keys: list[bytes], size: int) -> Iterable[list[bytes]]:
    return (keys[start : start + size] for start in range(0, len(keys), size))
