"""The names of routers, and what a name, a class or a saved folder stands for."""

from __future__ import annotations

import inspect
import os
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from langchain_dynaroute.errors import PoolError, RouterError, describe, did_you_mean
from langchain_dynaroute.routers.base import Router
from langchain_dynaroute.routers.tier_table import POLICIES, TierTableRouter

if TYPE_CHECKING:
    from langchain_dynaroute.classifiers.base import TaskClassifier
    from langchain_dynaroute.routers.learned import LearnedRouter

LEARNED: dict[str, str] = {
    "knn": "langchain_dynaroute.routers.knn:KNNRouter",
    "linear": "langchain_dynaroute.routers.linear:LinearRouter",
    "mlp": "langchain_dynaroute.routers.mlp:MLPRouter",
    "svm": "langchain_dynaroute.routers.svm:SVMRouter",
    "llmrank": "langchain_dynaroute.routers.llmrank:LLMRankRouter",
    "routellm": "langchain_dynaroute.routers.routellm:RouteLLMRouter",
    "best-single": "langchain_dynaroute.routers.baselines:BestSingleRouter",
    "cheapest": "langchain_dynaroute.routers.baselines:CheapestRouter",
    "random": "langchain_dynaroute.routers.baselines:RandomRouter",
}
"""Router name → `module:Class`; a class is imported when it is asked for."""
_EMBEDDED = "embedded "
"""How the name and version of the embedded classifier begin."""


def router_class(name: str) -> type[LearnedRouter]:
    """Return the class of a registered router, or of a user's own by `module:Class`.

    Raises:
        RouterError: if there is none.
    """
    from langchain_dynaroute.routers.learned import LearnedRouter

    if name not in LEARNED and ":" not in name:
        msg = f"There is no learned router {name!r}.{did_you_mean(name, LEARNED)} Your own is given as module:Class."
        raise RouterError(msg)
    module, _, attribute = LEARNED.get(name, name).partition(":")
    try:
        found = getattr(import_module(module), attribute)
    except Exception as error:  # a user's module may raise anything while it is imported
        msg = f"{name!r} cannot be imported: {describe(error)}"
        raise RouterError(msg) from error
    if not (inspect.isclass(found) and issubclass(found, LearnedRouter)):
        msg = f"{name!r} is no LearnedRouter. Subclass langchain_dynaroute.routers.LearnedRouter."
        raise RouterError(msg)
    return found


def make_router(name: str, **parameters: Any) -> LearnedRouter:
    """Return a router, not fitted yet, by its name or `module:Class`.

    Raises:
        RouterError: if there is none, it has no such parameter, or its constructor raises.
    """
    cls = router_class(name)
    known = [key for key in inspect.signature(cls).parameters if key != "self"]
    for key in parameters:
        if key not in known:
            msg = f"{cls.__name__} has no parameter {key!r}.{did_you_mean(key, known)}"
            raise RouterError(msg)
    if "classifier" in known:
        parameters.setdefault("classifier", _embedded_classifier())
    try:
        return cls(**parameters)
    except RouterError:
        raise
    except Exception as error:
        msg = f"{name!r} cannot be made: {describe(error)}"
        raise RouterError(msg) from error


def load_router(path: str | Path, cls: type[LearnedRouter] | None = None, **parameters: Any) -> LearnedRouter:
    """Return a saved router; what a file names is only imported if it is registered here.

    Args:
        path: The folder that `save` wrote.
        cls: Its class, if it is a user's own.
        **parameters: Given to the constructor over the saved ones, such as `encoder` or `cost_weight`.

    Raises:
        RouterError: if the folder holds none, or one of a class that is not registered.
    """
    from langchain_dynaroute.routers.learned import read_settings

    settings = read_settings(path)
    if cls is None:
        wanted = str(settings.get("router"))
        name = next((name for name, place in LEARNED.items() if place == wanted), None)
        if name is None:
            own = wanted.rpartition(":")[2]
            msg = (
                f"{str(path)!r} holds a {wanted}, which is none of ours, and is not imported because a file says so. "
                f"Load it with its class: {own}.load({str(path)!r})."
            )
            raise RouterError(msg)
        cls = router_class(name)
    learned_from = str(settings.get("learned", {}).get("classifier_"))
    if learned_from.startswith(_EMBEDDED):
        parameters.setdefault("classifier", _embedded_classifier())
    return cls.load(path, **parameters)


@cache
def _embedded_classifier() -> TaskClassifier:
    """Return the embedded classifier, one for all: routers that share it have equal parameters."""
    from langchain_dynaroute.classifiers.embedded import EmbeddedClassifier

    return EmbeddedClassifier()


def as_router(router: Router | str | Path) -> Router:
    """Return a router from a router, the name of a tier table's, or the folder of a saved one.

    Raises:
        PoolError: if there is no such router, or it must be fitted first.
        RouterError: if the folder holds no router that can be loaded.
    """
    if isinstance(router, Router):
        return router
    if router in POLICIES:
        return TierTableRouter(str(router))
    if isinstance(router, Path) or os.sep in router or Path(router).is_dir():
        return load_router(router)
    if router in LEARNED:
        msg = (
            f"Router {router!r} learns from outcomes first. Run `dynaroute fit {router} --outcomes DIR --out DIR`, "
            "and give the folder it wrote."
        )
        raise PoolError(msg)
    msg = f"There is no router {router!r}.{did_you_mean(router, POLICIES)}"
    raise PoolError(msg)
