"""A saved router, loaded where nothing it was fitted with can be imported."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

from langchain_dynaroute.errors import RouterError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from langchain_dynaroute.routers.learned import LearnedRouter

BLOCKED = ("torch", "sklearn", "scipy", "pandas", "joblib")
_CODE = """
import json, sys
told = json.load(sys.stdin)
sys.path[:] = told["path"]
sys.modules.update(dict.fromkeys(told["blocked"]))
from importlib import import_module
router = getattr(import_module(told["module"]), told["class"]).load(told["folder"])
utility = router.predict_utility(told["prompts"])
print(json.dumps([router.models_[place] for place in utility.argmax(axis=1)]))
"""


def choices_in_a_new_process(cls: type[LearnedRouter], folder: Path, prompts: Sequence[str]) -> list[str]:
    """Return the models a saved router chooses in a new process without torch, scikit-learn, scipy and pandas.

    Raises:
        RouterError: with what that process printed, if it failed.
    """
    told = {
        "path": sys.path,
        "blocked": BLOCKED,
        "module": cls.__module__,
        "class": cls.__qualname__,
        "folder": str(folder),
        "prompts": list(prompts),
    }
    done = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", _CODE], input=json.dumps(told), capture_output=True, text=True, check=False
    )
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:]
        msg = f"a new process could not load and use it: {' '.join(last)}"
        raise RouterError(msg)
    choices: list[str] = json.loads(done.stdout)
    return choices
