"""What importing the package costs, what it offers, and which room knows which."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import langchain_dynaroute

PACKAGE = Path(langchain_dynaroute.__file__).parent
ROOMS = {
    ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__"): path
    for path in PACKAGE.rglob("*.py")
}
VALUES = {"profiles", "decisions", "errors"}
TABLES = {
    "pricing": set(),
    "rows": set(),
    "installed": set(),
    "local_model": {"installed"},
    "benchmarks": {"pricing", "rows"},
    "category_tiers": {"pricing", "benchmarks"},
    "tiers": {"pricing", "benchmarks", "category_tiers"},
    "outcome_splits": set(),
    "outcome_rows": set(),
    "outcomes": {"pricing", "outcome_rows", "outcome_splits"},
    "reach": {"pricing", "benchmarks", "local_model", "installed"},
    "pool": {"pricing", "benchmarks", "local_model", "reach"},
}
"""Room of the tables → what it may import besides values."""
ENCODERS = {
    "classifiers.classification_head",
    "classifiers.surface",
    "classifiers.text_features",
    "classifiers.word_vectors",
}
"""What encoders may import besides values: how the classifiers read a text, never a classifier."""
MORE = {
    "routers.tier_table": {"tiers", "category_tiers"},
    "routers.registry": {"classifiers.embedded"},
    "classifiers.chat": {"candidate_models"},
}
"""Room → what it alone may import: tiers to look them up, the classifier of routers made by name, a chat model to ask it."""
GUARD = """
import sys
sys.addaudithook(lambda event, _: event in {"socket.connect", "socket.getaddrinfo"} and sys.exit(f"used {event}"))
import langchain_dynaroute
"""
"""Ends the interpreter at any use of the network."""


def told(code: str, unwanted: set[str]) -> str:
    """Run code in a fresh interpreter; return all it prints, an error too if it loads an `unwanted` package."""
    check = f"\nloaded = {unwanted!r} & set(sys.modules)\nassert not loaded, loaded"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", GUARD + code + check],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.stdout + done.stderr


def imported_rooms(room: str) -> set[str]:
    """Return the rooms that a room imports at run time, also inside functions."""
    return rooms_in(ROOMS[room].read_text(encoding="utf-8"))


def rooms_in(source: str) -> set[str]:
    """Return the rooms that source code imports at run time."""
    found = set()
    for node in run_time_nodes(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{ast.unparse(node)} is relative, which this test does not follow"
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {name if room_of(name) in ROOMS else str(node.module) for name in names}
    return {room_of(name) for name in found if name.partition(".")[0] == PACKAGE.name}


def room_of(module: str) -> str:
    """Return a module's name within the package; the package itself is `__init__`."""
    return module.removeprefix(PACKAGE.name).removeprefix(".") or "__init__"


def run_time_nodes(tree: ast.AST) -> list[ast.AST]:
    """Return a tree's nodes, without the bodies of `if TYPE_CHECKING`."""
    nodes = []
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            nodes += [node for other in child.orelse for node in [other, *run_time_nodes(other)]]
        else:
            nodes += [child, *run_time_nodes(child)]
    return nodes


def test_the_public_names_are_pinned() -> None:
    """`__all__` holds exactly these names, sorted."""
    assert [
        "Attempt",
        "BenchmarkTable",
        "Candidate",
        "Category",
        "DifficultyLevel",
        "DynaRouteChatModel",
        "ModelPool",
        "OutcomeTable",
        "RoutingDecision",
        "ScoredCandidate",
        "TaskProfile",
        "TierTable",
        "__version__",
        "build_routing_graph",
    ] == langchain_dynaroute.__all__
    assert sorted(langchain_dynaroute.__all__) == langchain_dynaroute.__all__


@pytest.mark.parametrize("name", langchain_dynaroute.__all__)
def test_a_public_name_is_there(name) -> None:
    """Each public name can be had from the package, under its own name, and is listed by `dir`."""
    value = getattr(langchain_dynaroute, name)
    assert name == getattr(value, "__name__", name)
    assert name in dir(langchain_dynaroute)


def test_an_unknown_name_is_an_attribute_error() -> None:
    """A name the package does not have is told as Python tells it."""
    with pytest.raises(AttributeError, match="module 'langchain_dynaroute' has no attribute 'DynaRoute'"):
        _ = langchain_dynaroute.DynaRoute


def test_importing_is_light_silent_and_offline() -> None:
    """`import langchain_dynaroute` loads no heavy package, prints nothing and asks no network."""
    heavy = {"langgraph", "litellm", "numpy", "pandas", "pydantic", "langchain_core", "torch", "typer", "rich"}
    assert "" == told("", heavy)


def test_touching_the_chat_model_loads_no_provider() -> None:
    """`DynaRouteChatModel` can be had without LiteLLM, pandas or torch, silently and offline."""
    heavy = {"litellm", "langchain_litellm", "pandas", "torch", "transformers", "sklearn", "xllamacpp", "typer"}
    assert "" == told("langchain_dynaroute.DynaRouteChatModel", heavy)


def test_deciding_loads_no_provider() -> None:
    """A decision over the shipped pool, with a classifier of one's own, needs neither LiteLLM nor the network."""
    code = f"""
sys.path.insert(0, {str(Path(__file__).parent)!r})
from fakes import FixedClassifier
from langchain_dynaroute import DynaRouteChatModel
DynaRouteChatModel(classifier=FixedClassifier()).decide("Hello")
"""
    assert "" == told(code, {"litellm", "langchain_litellm", "pandas", "torch"})


def test_the_guard_sees_the_network_and_packages() -> None:
    """The two checks above can fail: they tell of a connection and of a loaded package."""
    assert "used socket.connect" in told("import socket; socket.socket().connect(('127.0.0.1', 9))", set())
    assert "AssertionError: {'json'}" in told("import json", {"json"})


def test_the_walk_sees_imports() -> None:
    """The walk finds imports at the top, in functions and of whole rooms, and skips those for types alone."""
    source = """
import langchain_dynaroute.pool, numpy
from langchain_dynaroute import local_model, Candidate
from langchain_dynaroute.classifiers import as_text
if TYPE_CHECKING:
    from langchain_dynaroute.graph import build_routing_graph
else:
    from langchain_dynaroute.errors import PoolError
def later():
    from langchain_dynaroute.routers.tier_table import POLICIES
"""
    assert {"pool", "local_model", "__init__", "classifiers", "errors", "routers.tier_table"} == rooms_in(source)


def test_values_know_nothing_but_values() -> None:
    """`profiles`, `decisions` and `errors` import nothing of ours but `profiles`, by `decisions`."""
    assert {"profiles": set(), "decisions": {"profiles"}, "errors": set()} == {
        room: imported_rooms(room) for room in VALUES
    }


@pytest.mark.parametrize("room", TABLES)
def test_tables_know_values_and_what_they_are_made_of(room) -> None:
    """Prices, benchmarks, tiers and pools import values and the rooms they are built on, no more."""
    assert set() == imported_rooms(room) - VALUES - TABLES[room]


@pytest.mark.parametrize("room", sorted(name for name in ROOMS if name.startswith("encoders")))
def test_encoders_know_values_and_how_a_text_is_read(room) -> None:
    """Encoders import values, their own kind, and the classifiers' features of a text."""
    others = {name for name in imported_rooms(room) if not name.startswith("encoders")}
    assert set() == others - VALUES - ENCODERS


@pytest.mark.parametrize("room", sorted(name for name in ROOMS if name.startswith(("classifiers", "routers"))))
def test_classifiers_and_routers_do_not_know_each_other(room) -> None:
    """Classifiers and routers import values, tables and their own kind, never each other; routers learn with encoders."""
    own = room.partition(".")[0]
    others = {name for name in imported_rooms(room) if name.partition(".")[0] != own}
    rooms = ("encoders", "features")
    learning = {name for name in others if name == "outcomes" or name.startswith(rooms)} if own == "routers" else set()
    assert set() == others - VALUES - {"pricing", "benchmarks", "pool"} - MORE.get(room, set()) - learning


@pytest.mark.parametrize("room", sorted(name for name in ROOMS if name.startswith("evaluation")))
def test_the_evaluation_knows_classifiers_and_tables(room) -> None:
    """The evaluation imports values, tables and classifiers; no router, no graph, no chat model."""
    others = {name for name in imported_rooms(room) if not name.startswith(("evaluation", "classifiers"))}
    assert set() == others - VALUES - {"pricing", "rows", "benchmarks", "tiers"}


def test_only_the_command_line_knows_the_evaluation() -> None:
    """No other room imports the evaluation."""
    knowing = {room for room in ROOMS for other in imported_rooms(room) if other.startswith("evaluation")}
    assert set() == {room for room in knowing if not room.startswith(("evaluation", "cli"))}


def test_the_graph_does_not_know_its_faces() -> None:
    """Nothing but the package itself and `cli` imports `chat_models`, and `graph` least of all."""
    knowing = {room for room in ROOMS if "chat_models" in imported_rooms(room)}
    assert set() == {room for room in knowing if not room.startswith("cli")}


def test_nothing_knows_the_command_line() -> None:
    """No room imports `cli`, other than the command line's own files."""
    knowing = {room for room in ROOMS for other in imported_rooms(room) if other.startswith("cli")}
    assert set() == {room for room in knowing if not room.startswith("cli")}


def test_no_room_imports_public_names_from_the_package() -> None:
    """Rooms import rooms, never the package's front door; the command line may ask it for the version."""
    assert set() == {room for room in ROOMS if "__init__" in imported_rooms(room) and not room.startswith("cli")}


def test_few_rooms_import_litellm() -> None:
    """LiteLLM takes seconds to import: `litellm_model` does, for `candidate_models` alone, and one baseline."""
    heavy = {
        room
        for room, path in ROOMS.items()
        for node in run_time_nodes(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, (ast.Import, ast.ImportFrom))
        and {"litellm", "langchain_litellm"} & {name.partition(".")[0] for name in _names(node)}
    }
    assert {"litellm_model", "evaluation.litellm_complexity"} == heavy
    assert {"candidate_models"} == {room for room in ROOMS if "litellm_model" in imported_rooms(room)}


def _names(node: ast.Import | ast.ImportFrom) -> set[str]:
    return {alias.name for alias in node.names} if isinstance(node, ast.Import) else {str(node.module)}
