"""Pickled tables, read without letting the pickle call what it likes.

Unpickling runs whatever functions a file names. Here a file may name only what a pandas
DataFrame of texts and numbers is built from; any other name ends the reading before anything is
called. That keeps code out. It does not make a file from a stranger harmless: numpy and Arrow
still build arrays from its bytes.
"""

from __future__ import annotations

import importlib
import pickle
import warnings
from typing import TYPE_CHECKING, Any, ClassVar

from langchain_dynaroute.errors import MissingExtraError, OutcomeError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_PYTHON = {
    "builtins": ("bytearray", "object", "slice"),
    "_codecs": ("encode",),
    "copyreg": ("_reconstructor", "__newobj__"),
}
_NUMPY = {
    "numpy": ("dtype", "ndarray"),
    "numpy._core.multiarray": ("_reconstruct", "scalar"),
    "numpy._core.numeric": ("_frombuffer",),
}
_PANDAS = {
    "pandas": (
        "BooleanDtype",
        "Categorical",
        "CategoricalDtype",
        "CategoricalIndex",
        "DataFrame",
        "Float64Dtype",
        "Index",
        "Int64Dtype",
        "NA",
        "RangeIndex",
        "Series",
        "StringDtype",
    ),
    "pandas.arrays": (
        "ArrowStringArray",
        "BooleanArray",
        "DatetimeArray",
        "FloatingArray",
        "IntegerArray",
        "StringArray",
    ),
    "pandas._libs.arrays": ("__pyx_unpickle_NDArrayBacked",),
    "pandas._libs.internals": ("_unpickle_block",),
    "pandas._libs.missing": ("NA",),
    "pandas.core.indexes.base": ("_new_Index",),
    "pandas.core.internals.managers": ("BlockManager", "SingleBlockManager"),
}
_ARROW = {"pyarrow.lib": ("_restore_array", "chunked_array", "py_buffer", "type_for_alias")}
ADMITTED = frozenset(
    (module, name) for table in (_PYTHON, _NUMPY, _PANDAS, _ARROW) for module, names in table.items() for name in names
)
"""(module, name) of everything that a pickle may name."""
_MOVED = {
    "__builtin__": "builtins",
    "copy_reg": "copyreg",
    "numpy.core.multiarray": "numpy._core.multiarray",
    "numpy.core.numeric": "numpy._core.numeric",
    "pandas.core.arrays.boolean": "pandas.arrays",
    "pandas.core.arrays.categorical": "pandas",
    "pandas.core.arrays.datetimes": "pandas.arrays",
    "pandas.core.arrays.floating": "pandas.arrays",
    "pandas.core.arrays.integer": "pandas.arrays",
    "pandas.core.arrays.string_": "pandas.arrays",
    "pandas.core.arrays.string_arrow": "pandas.arrays",
    "pandas.core.dtypes.dtypes": "pandas",
    "pandas.core.frame": "pandas",
    "pandas.core.indexes.base": "pandas",
    "pandas.core.indexes.category": "pandas",
    "pandas.core.indexes.numeric": "pandas",
    "pandas.core.indexes.range": "pandas",
    "pandas.core.internals": "pandas.core.internals.managers",
    "pandas.core.series": "pandas",
}
"""Module of an older pandas, numpy or Python → where its classes stand now."""
_RENAMED = {"Float64Index": "Index", "Int64Index": "Index", "NumericIndex": "Index", "UInt64Index": "Index"}
_DTYPES = ("StringDtype", "BooleanDtype", "Int64Dtype", "Float64Dtype")


class PickleWarning(UserWarning):
    """A pickle is being read."""


def read_pickle(path: Path) -> Any:
    """Read the DataFrame that a pickle holds, with a warning that it is one.

    Raises:
        OutcomeError: naming what the pickle asks for and may not have, or why it cannot be read.
        MissingExtraError: without the extra `bench`.
    """
    _require_pandas()
    warnings.warn(
        f"{path.name} is a pickle: only what a pandas table is made of is let in, "
        "but read none that you do not trust. Parquet and CSV carry no code.",
        PickleWarning,
        stacklevel=2,
    )
    try:
        with path.open("rb") as file:
            value = _RestrictedUnpickler(file, path.name).load()
    except OutcomeError:
        raise
    except Exception as error:
        msg = f"{path} cannot be read as a pickled table: {type(error).__name__}: {error}"
        raise OutcomeError(msg) from error
    if not (hasattr(value, "columns") and hasattr(value, "to_dict")):
        msg = f"{path} holds a {type(value).__name__}, but a pandas DataFrame was expected."
        raise OutcomeError(msg)
    return value


_PythonUnpickler: Any = pickle._Unpickler  # noqa: SLF001 - its C twin cannot guard BUILD


class _RestrictedUnpickler(_PythonUnpickler):  # type: ignore[misc]
    """Finds only admitted names, and changes no class."""

    dispatch: ClassVar[dict[int, Callable[..., None]]] = dict(_PythonUnpickler.dispatch)

    def __init__(self, file: Any, name: str) -> None:
        super().__init__(file)
        self.file_name = name

    def find_class(self, module: str, name: str) -> Any:
        place = _place_of(module, name)
        if place not in ADMITTED:
            msg = (
                f"{self.file_name} asks for {module}.{name}, which no table needs: it was refused, and nothing "
                "of the file is used. If you trust it, save it as Parquet where it was made."
            )
            raise OutcomeError(msg)
        found = getattr(importlib.import_module(place[0]), place[1])
        return _checked_array if place == ("pyarrow.lib", "_restore_array") else found

    def load_build(self) -> None:
        if isinstance(self.stack[-2], type) or callable(self.stack[-2]):
            msg = f"{self.file_name} tries to change {self.stack[-2]!r}: it was refused."
            raise OutcomeError(msg)
        super().load_build()

    dispatch[pickle.BUILD[0]] = load_build


def _place_of(module: str, name: str) -> tuple[str, str]:
    """Return where a name stands now, whichever version of its package wrote it."""
    if (module, name) in ADMITTED:
        return module, name
    place = _MOVED.get(module, module)
    name = _RENAMED.get(name, name) if module == "pandas.core.indexes.numeric" else name
    if place == "pandas.arrays" and name in _DTYPES:
        place = "pandas"
    return place, name


def _checked_array(data: Any) -> Any:
    """Restore an Arrow array, and check that it stays within its own bytes."""
    from pyarrow import lib

    array = lib._restore_array(data)  # noqa: SLF001 - what its own pickles call
    array.validate(full=True)
    return array


def _require_pandas() -> None:
    try:
        import pandas as pd  # noqa: F401
    except ImportError as error:
        package = "pandas"
        raise MissingExtraError(package, "bench") from error
