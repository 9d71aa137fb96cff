"""The command line, `dynaroute`: parse, call, print."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from langchain_dynaroute import __version__
from langchain_dynaroute.cli_bench import bench
from langchain_dynaroute.cli_classify import classify
from langchain_dynaroute.cli_features import features, read_prompt
from langchain_dynaroute.errors import AllCandidatesFailedError, DynaRouteError, RoutingError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from langchain_dynaroute import DynaRouteChatModel, ModelPool

app = typer.Typer(
    name="dynaroute",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    help="Pick the chat model for each prompt, and show why.\n\n"
    "Deciding (`route`, `tiers`, `models`) needs no key and no network; `ask` and `chat` call the model chosen.",
)

Prompt = Annotated[str | None, typer.Argument(help="The prompt; `-` or nothing reads it from standard input.")]
Router = Annotated[
    str,
    typer.Option("--router", "-r", help="`optimum`, `low-cost`, `best-performance`, or the folder of a fitted router."),
]
Pool = Annotated[
    str, typer.Option("--pool", "-p", help="`flagship`, `dynaroute-paper`, `lightweight`, or a CSV file of your own.")
]
Add = Annotated[
    list[str] | None,
    typer.Option(
        "--add",
        "-a",
        help="CSV file whose models join the pool, or replace those of the same name; `local` adds the local model. Repeatable.",
    ),
]
Model = Annotated[str | None, typer.Option("--model", "-m", help="Force a model, by name or LiteLLM id.")]
Bound = Annotated[
    float | None,
    typer.Option(
        "--max-fallback-price-ratio", help="A fallback may cost at most this many times the first choice.", min=1
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
_USER_MISTAKE, _NO_ANSWER = 2, 1


def main() -> None:
    """Run the command line; a user's mistake is one line on standard error, never a traceback."""
    try:
        app()
    except DynaRouteError as error:
        print(f"Error: {error}", file=sys.stderr)
        if isinstance(error, AllCandidatesFailedError) and all(a.status == "skipped" for a in error.attempts):
            print("Set one of these keys, or add `--add local` to let the small local model answer.", file=sys.stderr)
        raise SystemExit(_NO_ANSWER if isinstance(error, RoutingError) else _USER_MISTAKE) from None
    except OSError as error:
        print(f"Error: {error}", file=sys.stderr)
        raise SystemExit(_USER_MISTAKE) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None


@app.callback(invoke_without_command=True)
def _root(*, version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    if version:
        print(__version__)
        raise typer.Exit


@app.command()
def ask(
    prompt: Prompt = None,
    router: Router = "optimum",
    pool: Pool = "flagship",
    add: Add = None,
    model: Model = None,
    max_fallback_price_ratio: Bound = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print the answer alone.")] = False,
    as_json: AsJson = False,
) -> None:
    """Answer a prompt: streams the answer, then one line says which model, why, and the cost.

    Example: `dynaroute ask "Who wrote Faust?" --router low-cost --add local`
    """
    from langchain_dynaroute import cli_views

    llm = _llm(router, pool, add, max_fallback_price_ratio)
    choice: dict[str, Any] = {"model": model} if model else {}
    text = read_prompt(prompt)
    if as_json:
        answer = llm.invoke(text, **choice)
        print(json.dumps(cli_views.answer_record(answer), ensure_ascii=False, indent=2))
        return
    whole: Any = None
    for chunk in llm.stream(text, **choice):
        print(chunk.text, end="", flush=True)
        whole = chunk if whole is None else whole + chunk
    print()
    if not quiet:
        cli_views.print_trail(whole)


@app.command()
def route(
    prompt: Prompt = None,
    router: Router = "optimum",
    pool: Pool = "flagship",
    add: Add = None,
    model: Model = None,
    max_fallback_price_ratio: Bound = None,
    explain: Annotated[
        bool, typer.Option("--explain", "-e", help="Show probabilities, evidence, and every candidate.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Decide, and show why; no model is called.

    Example: `dynaroute route "Prove that the square root of 2 is irrational."`
    """
    from langchain_dynaroute import cli_views

    choice: dict[str, Any] = {"model": model} if model else {}
    decision = _llm(router, pool, add, max_fallback_price_ratio).decide(read_prompt(prompt), **choice)
    if as_json:
        print(json.dumps(decision.to_json(), ensure_ascii=False, indent=2))
    else:
        cli_views.print_decision(decision, full=explain)


@app.command()
def chat(
    router: Router = "optimum", pool: Pool = "flagship", add: Add = None, max_fallback_price_ratio: Bound = None
) -> None:
    """Talk; each turn is routed anew. `/why` explains the last answer, `/quit` or Ctrl-D ends."""
    from langchain_dynaroute import cli_views

    cli_views.run_chat(_llm(router, pool, add, max_fallback_price_ratio))


@app.command()
def tiers(
    category: Annotated[str | None, typer.Argument(help="Show one category in full.")] = None,
    pool: Pool = "flagship",
    add: Add = None,
    scoring: Annotated[str, typer.Option(help="`zscore`, or `mean` as the paper's Table 6 has it.")] = "zscore",
    tier_kind: Annotated[str, typer.Option("--tiers", help="`band` or `cumulative`.")] = "band",
    cost: Annotated[
        str, typer.Option(help="`list` prices, or `measured` cost per prompt where the table has it.")
    ] = "list",
    min_coverage: Annotated[float | None, typer.Option(help="Share of a category's benchmarks a model needs.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show which model leads each tier of each category.

    Example: `dynaroute tiers --pool dynaroute-paper --scoring mean` prints the paper's Table 6.
    """
    from langchain_dynaroute import TierTable, cli_views

    settings: dict[str, Any] = {"scoring": scoring, "tiers": tier_kind, "cost": cost, "min_coverage": min_coverage}
    table = TierTable.build(_pool(pool, add), **settings)
    chosen = cli_views.read_category(category) if category else None
    if as_json:
        print(json.dumps(cli_views.tier_records(table, chosen), ensure_ascii=False, indent=2))
    elif chosen:
        cli_views.print_category(table, chosen)
    else:
        cli_views.print_tiers(table)


@app.command()
def models(pool: Pool = "flagship", add: Add = None, as_json: AsJson = False) -> None:
    """Show the pool: ids, prices here and in LiteLLM's price map, abilities, and what is in reach."""
    from langchain_dynaroute import cli_views

    records = [cli_views.model_record(candidate) for candidate in _pool(pool, add)]
    if as_json:
        print(json.dumps(records, ensure_ascii=False, indent=2))
    else:
        cli_views.print_models(pool, records)


@app.command()
def download(
    model: Annotated[str, typer.Argument(help="`smollm2`: SmolLM2-135M-Instruct, 93 MB, Apache-2.0.")] = "smollm2",
) -> None:
    """Fetch a small model that answers on this machine, so that everything runs without a key."""
    from langchain_dynaroute import local_model

    path = local_model.download(model, report=lambda line: print(line, file=sys.stderr))
    print(path)


@app.command()
def demo() -> None:
    """Route a handful of different prompts over the flagship pool, with the local model last, and answer them."""
    from langchain_dynaroute import cli_views

    cli_views.run_demo(_llm("optimum", "flagship", ["local"], None))


@app.command()
def fit(
    router: Annotated[
        str,
        typer.Argument(
            help="`knn`, `linear`, `mlp`, `svm`, `llmrank`, `best-single`, `cheapest`, `random`, or your own as `module:Class`."
        ),
    ],
    outcomes: Annotated[
        Path, typer.Option(help="Folder of prompts.parquet and outcomes.parquet (or .csv).", file_okay=False)
    ],
    out: Annotated[Path, typer.Option(help="Folder for the fitted router.", file_okay=False)],
    cost_weight: Annotated[
        float | None, typer.Option(help="Quality given up per USD per prompt; 0, the default, is quality alone.", min=0)
    ] = None,
    param: Annotated[list[str] | None, typer.Option(help="A parameter of the router, `key=value`. Repeatable.")] = None,
    as_json: AsJson = False,
) -> None:
    """Fit a router on outcomes, say how good it is on held-out prompts, and save it.

    Example: `dynaroute fit knn --outcomes my-outcomes --out my-router --param k=40`
    """
    from langchain_dynaroute import OutcomeTable, cli_fit

    parameters = cli_fit.read_parameters(param or ()) | ({} if cost_weight is None else {"cost_weight": cost_weight})
    record = cli_fit.fit_record(router, OutcomeTable.load(outcomes), out, parameters)
    if as_json:
        print(json.dumps(record, ensure_ascii=False, indent=2))
    else:
        cli_fit.print_fit(record)


@app.command("train-classifier")
def train_classifier(
    prompts: Annotated[Path, typer.Option(help="Parquet file of labelled prompts.", exists=True, dir_okay=False)],
    own: Annotated[
        Path, typer.Option(help="JSON Lines file of prompts written for this project.", exists=True, dir_okay=False)
    ],
    out: Annotated[Path, typer.Option(help="Folder for the weights and their card.", file_okay=False)],
    seed: Annotated[int, typer.Option(help="Same seed, same weights.")] = 42,
) -> None:
    """Train the embedded classifier and write its weights and card. Needs the extra `train`."""
    from langchain_dynaroute.classifiers.training import train

    train(prompts, own, out, seed=seed, report=lambda line: print(line, file=sys.stderr))


app.command()(classify)
app.command()(features)
app.command()(bench)


def _pool(pool: str, add: Iterable[str] | None) -> ModelPool:
    from langchain_dynaroute import ModelPool

    loaded = ModelPool.load(pool)
    for path in add or ():
        loaded = loaded.updated(path)
    return loaded


def _llm(router: str, pool: str, add: Iterable[str] | None, bound: float | None) -> DynaRouteChatModel:
    from langchain_dynaroute import DynaRouteChatModel

    return DynaRouteChatModel(router=router, pool=_pool(pool, add), max_fallback_price_ratio=bound)


if __name__ == "__main__":
    main()
