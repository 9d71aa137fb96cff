"""A causal language model and its tokenizer, from a folder, the hub's cache, a GGUF file or ready-made."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from langchain_dynaroute.errors import ClassifierError, MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Mapping


class CausalLM(NamedTuple):
    """A model ready to be asked, with its tokenizer."""

    model: Any
    tokenizer: Any


class Source(NamedTuple):
    """Where a model comes from, and how it is to be had."""

    model: Any
    tokenizer: Any = None
    device: str | None = None
    dtype: Any = "auto"
    revision: str | None = None
    download: bool = False

    def load(self) -> CausalLM:
        """Return the model and its tokenizer; nothing is downloaded unless `download` is set.

        Raises:
            MissingExtraError: without torch or transformers, or gguf for a GGUF file.
            ClassifierError: if the model is not here, or came without its tokenizer.
        """
        _require_extra()
        if not isinstance(self.model, str | Path):
            return CausalLM(self.model.eval(), self._tokenizer(None, {}))
        where, options = self._place()
        try:
            tokenizer = self._tokenizer(where, options)
            model = _from_gguf(where, options, self.dtype) if "gguf_file" in options else self._model(where, options)
        except OSError as error:
            raise self._not_here() from error
        return CausalLM(model.to(self.device or _best_device()).eval(), tokenizer)

    def _place(self) -> tuple[str, dict[str, Any]]:
        """Return folder or hub id, and what `from_pretrained` is told beside it."""
        path = Path(self.model)
        if path.suffix == ".gguf":
            if not path.is_file():
                raise self._not_here()
            return str(path.parent), {"gguf_file": path.name, "local_files_only": True}
        if path.is_dir():
            return str(path), {"local_files_only": True}
        return str(self.model), {"revision": self.revision, "local_files_only": not self.download}

    def _model(self, where: str, options: Mapping[str, Any]) -> Any:
        from transformers import AutoModelForCausalLM

        return AutoModelForCausalLM.from_pretrained(where, dtype=self.dtype, **options)

    def _tokenizer(self, where: str | None, options: Mapping[str, Any]) -> Any:
        from transformers import AutoTokenizer

        if self.tokenizer is None and where is None:
            msg = "A model that is already loaded needs its tokenizer. Pass `tokenizer=`."
            raise ClassifierError(msg)
        if self.tokenizer is None:
            return AutoTokenizer.from_pretrained(where, **options)
        if isinstance(self.tokenizer, str | Path):
            return AutoTokenizer.from_pretrained(self.tokenizer, local_files_only=not self.download)
        return self.tokenizer

    def _not_here(self) -> ClassifierError:
        if Path(self.model).suffix == ".gguf" or Path(self.model).is_absolute():
            return ClassifierError(f"There is no causal language model at {str(self.model)!r}.")
        return ClassifierError(
            f"The model {str(self.model)!r} is not on this machine, and nothing is downloaded unless asked. "
            f"Run `hf download {self.model}`, or pass `download=True`, or name a local folder or GGUF file."
        )


def _require_extra() -> None:
    try:
        import torch  # noqa: F401 - only whether it is there
        import transformers  # noqa: F401
    except ImportError as error:
        package, extra = error.name or "transformers", "transformers"
        raise MissingExtraError(package, extra) from None


def _best_device() -> str:
    import torch

    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def _from_gguf(folder: str, options: Mapping[str, Any], dtype: Any) -> Any:
    """Return the dequantized model; `from_pretrained` alone would ask for accelerate, which nothing here needs."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM
    from transformers.modeling_gguf_pytorch_utils import load_gguf_checkpoint

    config = AutoConfig.from_pretrained(folder, **options)
    with torch.device("meta"):
        empty = AutoModelForCausalLM.from_config(config)
    try:
        read = load_gguf_checkpoint(str(Path(folder) / options["gguf_file"]), return_tensors=True, model_to_load=empty)
    except ImportError:
        package, extra = "gguf", "transformers"
        raise MissingExtraError(package, extra) from None
    dtype = torch.float32 if dtype == "auto" else dtype
    return type(empty).from_pretrained(None, config=config, state_dict=read["tensors"], dtype=dtype)
