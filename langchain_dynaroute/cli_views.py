"""What the command line shows: decisions, tiers, models, and the demonstration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from langchain_dynaroute.answers import describe_answer
from langchain_dynaroute.cli_features import print_explanation
from langchain_dynaroute.decisions import Tier
from langchain_dynaroute.errors import DynaRouteError, PoolError, did_you_mean
from langchain_dynaroute.pricing import mapped_price
from langchain_dynaroute.profiles import Category

if TYPE_CHECKING:
    from collections.abc import Iterable

    from langchain_core.messages import AIMessage

    from langchain_dynaroute import DynaRouteChatModel, RoutingDecision, TierTable
    from langchain_dynaroute.pool import Candidate

_SHOWN_CANDIDATES = 5
_SHOWN_PROBABILITIES = 3
_NAMED_AT_MOST = 2
_DEMO_TOKENS = 120
DEMO_PROMPTS = (
    "What is the capital of Australia?",
    "Fix the grammar: me and him was going to the store yesterday",
    "Why does this raise an error?\n\n```python\ntotals = {}\nfor k, v in [('a', 1), ('a', 2)]:\n    totals[k] += v\n```",
    "Design a rate limiter for an API that is served from twelve regions. Compare two designs and their failure modes.",
    "Prove that the square root of 2 is irrational.",
)


_PIPED_WIDTH = 160
"""Columns when the output is no terminal: tables in a file or a pipe need not be folded."""


def console() -> Console:
    """Return a console for standard output that never invents links or emoji."""
    out = Console(highlight=False, emoji=False)
    return out if out.is_terminal else Console(highlight=False, emoji=False, width=_PIPED_WIDTH)


def _money(usd: float | None) -> str:
    return "unknown" if usd is None else f"${usd:g}"


def print_decision(decision: RoutingDecision, *, full: bool) -> None:
    """Print a decision: what was seen in the prompt, who is first, who follows, who may not."""
    out = console()
    chosen = decision.chosen
    out.print(f"[bold]{escape(chosen.name)}[/]  {escape(chosen.reason)}")
    if decision.profile is not None:
        confidence = decision.profile.confidence
        sure = f"  (confidence {confidence:.0%})" if confidence is not None else ""
        out.print(f"profile  {escape(str(decision.profile))}{sure}")
    if full and decision.profile is not None:
        _print_evidence(out, decision)
    for note in decision.notes:
        out.print(f"note     {escape(note)}")
    _print_ranking(out, decision, None if full else _SHOWN_CANDIDATES)
    if full and decision.explanation is not None:
        print_explanation(out, decision.explanation)
    for rejected in decision.rejected:
        out.print(f"excluded {escape(rejected.name)}: {escape(rejected.reason)}")
    bound = decision.max_fallback_price_ratio
    limit = f"at most {bound:g} × the first choice" if bound else "none (set --max-fallback-price-ratio)"
    out.print(f"router {decision.router} · pool {escape(decision.pool)} · fallback price bound: {limit}", style="dim")


def _print_evidence(out: Console, decision: RoutingDecision) -> None:
    profile = decision.profile
    if profile is None:
        return
    likely = sorted((profile.category_probabilities or {}).items(), key=lambda item: -item[1])[:_SHOWN_PROBABILITIES]
    if likely:
        out.print("category " + ", ".join(f"{category.value} {share:.0%}" for category, share in likely))
    if profile.level_probabilities:
        out.print(
            "level    "
            + ", ".join(f"{level.label} {share:.0%}" for level, share in profile.level_probabilities.items())
        )
    if profile.evidence:
        out.print(f"because  {escape(', '.join(profile.evidence))}")


def _print_ranking(out: Console, decision: RoutingDecision, most: int | None) -> None:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("#", justify="right")
    table.add_column("candidate")
    table.add_column("tier")
    table.add_column("score", justify="right")
    table.add_column("$/1M in+out", justify="right")
    table.add_column("in reach")
    for place, item in enumerate(decision.ranking[:most], start=1):
        score = "–" if item.score is None else f"{item.score:.2f}"
        reach = "yes" if item.reachable else f"[red]no[/]: {escape(item.missing or '')}"
        tier = item.tier.value if item.tier else "–"
        table.add_row(str(place), escape(item.name), tier, score, _money(item.cost_usd_per_1m_tokens), reach)
    out.print(table)
    if most is not None and len(decision.ranking) > most:
        out.print(f"… {len(decision.ranking) - most} more; --explain shows all", style="dim")


def answer_record(answer: AIMessage) -> dict[str, Any]:
    """Return an answer as plain JSON values."""
    metadata = answer.response_metadata
    return {
        "answer": answer.text,
        "model_name": metadata.get("model_name"),
        "model_provider": metadata.get("model_provider"),
        "usage": answer.usage_metadata,
        "routing": metadata.get("routing"),
    }


def print_trail(answer: AIMessage) -> None:
    """Print one line on who answered and why, and one on who was tried before."""
    out = console()
    before = [
        item for item in answer.response_metadata.get("routing", {}).get("attempts", ()) if item["status"] != "answered"
    ]
    if before:
        out.print(f"passed over: {escape(_trail(before))}", style="dim")
    out.print(escape(describe_answer(answer)), style="dim")


def _trail(attempts: Iterable[dict[str, Any]]) -> str:
    """Group attempts by what went wrong: `GPT-5, o1 (missing OPENAI_API_KEY)`; of many, only the number."""
    groups: dict[str, list[str]] = {}
    for attempt in attempts:
        groups.setdefault(attempt.get("error") or attempt["status"], []).append(attempt["name"])
    return "; ".join(
        f"{', '.join(names) if len(names) <= _NAMED_AT_MOST else f'{len(names)} models'} ({why})"
        for why, names in groups.items()
    )


def run_chat(llm: DynaRouteChatModel) -> None:
    """Read prompts and stream answers until the user ends it; a failed turn does not end it."""
    from langchain_core.messages import AIMessage, HumanMessage

    out = console()
    history: list[Any] = []
    out.print("Each turn is routed anew. /why explains the last answer, /quit ends.", style="dim")
    while (prompt := _ask_user(out)) is not None:
        if prompt == "/why":
            print_trail(history[-1]) if history else out.print("Nothing was asked yet.")
            continue
        turn = [*history, HumanMessage(prompt)]
        try:
            whole: Any = None
            for chunk in llm.stream(turn):
                print(chunk.text, end="", flush=True)
                whole = chunk if whole is None else whole + chunk
        except DynaRouteError as error:
            out.print(f"\n[red]{escape(str(error))}[/]")
            continue
        print()
        answer = AIMessage(
            whole.content, response_metadata=whole.response_metadata, usage_metadata=whole.usage_metadata
        )
        history = [*turn, answer]
        print_trail(answer)


def _ask_user(out: Console) -> str | None:
    while True:
        try:
            prompt = out.input("[bold]you>[/] ").strip()
        except (EOFError, KeyboardInterrupt):
            return None
        if prompt in {"/quit", "/exit"}:
            return None
        if prompt:
            return prompt


def read_category(name: str) -> Category:
    """Return a category by name.

    Raises:
        PoolError: naming the nearest one.
    """
    try:
        return Category(name)
    except ValueError:
        msg = f"There is no category {name!r}.{did_you_mean(name, [category.value for category in Category])}"
        raise PoolError(msg) from None


def tier_records(table: TierTable, only: Category | None) -> list[dict[str, Any]]:
    """Return the tiers as plain JSON values: the leaders of every category, or one category whole."""
    records = []
    for category in [only] if only else Category:
        notes = table.notes(category, Tier.MODERATE)
        most = None if only else 1
        rankings = {
            tier.value: [
                item.model_dump(mode="json", exclude_none=True) for item in table.ranking(category, tier)[:most]
            ]
            for tier in Tier
        }
        records.append(
            {"category": category.value, "benchmarks": table.category(category).benchmarks, "notes": notes, **rankings}
        )
    return records


def print_tiers(table: TierTable) -> None:
    """Print the leader of each tier of each category, as in the paper's Table 6."""
    out = console()
    unit = "average z-score" if table.settings.scoring == "zscore" else "average score in %"
    view = Table(
        box=None,
        pad_edge=False,
        header_style="bold",
        title=f"{table.table.name}: leader ({unit}, $ per 1M tokens)",
        title_justify="left",
    )
    for column in ("category", "level 1 low", "level 2 moderate", "level 3 best"):
        view.add_column(column)
    notes: dict[str, None] = {}
    for category in Category:
        cells = []
        for tier in Tier:
            leader = table.ranking(category, tier)[0]
            score = "–" if leader.score is None else f"{leader.score:.2f}"
            cells.append(f"{escape(leader.name)} ({score}, {_money(leader.cost_usd_per_1m_tokens)})")
            notes |= dict.fromkeys(table.notes(category, tier))
        view.add_row(category.value, *cells)
    out.print(view)
    for note in notes:
        out.print(f"note: {escape(note)}", style="dim")
    for rejected in table.rejected:
        out.print(f"left out: {escape(rejected.name)}, {escape(rejected.reason)}", style="dim")


def print_category(table: TierTable, category: Category) -> None:
    """Print one category whole: benchmarks, bounds, and the ranking from each tier."""
    out = console()
    tiers = table.category(category)
    out.print(
        f"[bold]{category.value}[/] in {escape(table.table.name)}: {escape(', '.join(tiers.benchmarks) or 'no benchmarks')}"
    )
    low, high = tiers.thresholds
    unit = "USD per 1M tokens" if table.settings.cost == "list" else "USD per prompt"
    out.print(f"low tier up to {low:.4g} {unit}, moderate tier up to {high:.4g}")
    for note in tiers.notes:
        out.print(f"note: {escape(note)}")
    for tier in Tier:
        out.print(f"\n[bold]{tier.value}[/]")
        for place, item in enumerate(table.ranking(category, tier), start=1):
            out.print(f"{place:>3}. {escape(item.name)}: {escape(item.reason)}")
    for rejected in table.rejected:
        out.print(f"left out: {escape(rejected.name)}, {escape(rejected.reason)}", style="dim")


def model_record(candidate: Candidate) -> dict[str, Any]:
    """Return a candidate as plain JSON values, beside what LiteLLM's price map says of its id."""
    here, mapped = candidate.price, mapped_price(candidate.model_id)
    total, listed = here.total_usd_per_1m_tokens, mapped.total_usd_per_1m_tokens
    return {
        "name": candidate.name,
        "model": candidate.model if isinstance(candidate.model, str) else None,
        "params": candidate.params,
        "input_usd_per_1m_tokens": here.input_usd_per_1m_tokens,
        "output_usd_per_1m_tokens": here.output_usd_per_1m_tokens,
        "price_map_input_usd_per_1m_tokens": mapped.input_usd_per_1m_tokens,
        "price_map_output_usd_per_1m_tokens": mapped.output_usd_per_1m_tokens,
        "price_differs": None
        if total is None or listed is None
        else here.model_dump() | _UNPRICED != mapped.model_dump() | _UNPRICED,
        "max_input_tokens": candidate.ability("max_input_tokens"),
        "tool_calling": candidate.ability("tool_calling"),
        "structured_output": candidate.ability("structured_output"),
        "image_input": candidate.ability("image_input"),
        "reachable": candidate.missing() is None,
        "missing": candidate.missing(),
    }


_UNPRICED = {"cached_input_usd_per_1m_tokens": None, "reasoning_usd_per_1m_tokens": None}


def print_models(pool: str, records: list[dict[str, Any]]) -> None:
    """Print the pool as a table."""
    out = console()
    view = Table(
        box=None, pad_edge=False, header_style="bold", title=f"{pool}: {len(records)} models", title_justify="left"
    )
    for column in ("name and LiteLLM id", "$/1M in, out", "price map", "window", "can", "in reach"):
        view.add_column(column, overflow="fold")
    for record in records:
        abilities = [word for key, word in _ABILITY_WORDS.items() if record[key]]
        reach = "yes" if record["reachable"] else f"[red]no[/]: {escape(record['missing'])}"
        window = f"{record['max_input_tokens']:,}" if record["max_input_tokens"] else "?"
        mapped = {None: "–", False: "same"}.get(record["price_differs"]) or f"[yellow]{_pair(record, 'price_map_')}[/]"
        params = " ".join(f"{key}={value}" for key, value in record["params"].items())
        name = f"[bold]{escape(record['name'])}[/]\n[dim]{escape(record['model'] or 'no id known')} {escape(params)}[/]"
        view.add_row(name, _pair(record, ""), mapped, window, " ".join(abilities) or "–", reach)
    out.print(view)


_ABILITY_WORDS = {"tool_calling": "tools", "structured_output": "json", "image_input": "images"}


def _pair(record: dict[str, Any], prefix: str) -> str:
    low, high = (record[f"{prefix}{side}_usd_per_1m_tokens"] for side in ("input", "output"))
    return "–" if low is None or high is None else f"{low:g}, {high:g}"


def run_demo(llm: DynaRouteChatModel) -> None:
    """Route and answer a few prompts, and say at each step what happened."""
    llm = llm.model_copy(update={"max_tokens": _DEMO_TOKENS})
    out = console()
    hosted = [candidate for candidate in llm.model_pool if not candidate.last_resort]
    reachable = [candidate.name for candidate in hosted if candidate.missing() is None]
    out.rule("[bold]dynaroute demo[/]")
    if reachable:
        out.print(f"In reach, with a key in your environment: {escape(', '.join(reachable))}.")
    else:
        out.print(
            f"None of the {len(hosted)} hosted models of the pool has a key here, so all are shown as unreachable. "
            "Each decision below is the real one; then the fallback edge passes over every model without a key, "
            "without a request, and ends at local/smollm2: 135 million parameters on this machine, there so that "
            "everything runs. Its answers are often wrong. Set OPENAI_API_KEY or GEMINI_API_KEY and run this again."
        )
    for prompt in DEMO_PROMPTS:
        _demo_turn(out, llm, prompt)


def _demo_turn(out: Console, llm: DynaRouteChatModel, prompt: str) -> None:
    out.rule(style="dim")
    out.print(f"[bold cyan]prompt[/]   {escape(prompt)}")
    decision = llm.decide(prompt)
    first = decision.chosen
    reach = "" if first.reachable else f" [red](unreachable: no {escape(first.missing or '')})[/]"
    out.print(f"[bold]profile[/]  {escape(str(decision.profile))}")
    out.print(f"[bold]chosen[/]   {escape(first.name)}{reach}: {escape(first.reason)}")
    out.print("[bold]answer[/]   ", end="")
    whole: Any = None
    for chunk in llm.stream(prompt):
        print(chunk.text, end="", flush=True)
        whole = chunk if whole is None else whole + chunk
    print()
    routing = whole.response_metadata["routing"]
    passed = [item for item in routing["attempts"] if item["status"] != "answered"]
    if passed:
        out.print(f"[bold]fallback[/] passed over {len(passed)}: {escape(_trail(passed))}", style="dim")
    out.print(f"[bold]by[/]       {escape(describe_answer(whole))}", style="dim")
