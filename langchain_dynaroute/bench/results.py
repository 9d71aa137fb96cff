"""What a benchmark run found, as tidy frames that tables, pictures and pages are made from."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

COLUMNS: dict[str, dict[str, str]] = {
    "leaderboard": {
        "router": "name of the router, reference or single model",
        "kind": "`router`, `reference` or `model`",
        "avg_acc": "AvgAcc: mean over datasets of mean quality, of the router's default configuration",
        "avg_acc_se": "its standard error over seeds",
        "micro_acc": "mean quality over prompts",
        "difference": "AvgAcc minus that of the best single model known from training",
        "difference_low": "lower bound of its 95 % interval, paired bootstrap over prompts",
        "difference_high": "upper bound",
        "gain_r": "Gain@R, a ratio: 0.01 is 1 %",
        "gain_r_se": "its standard error over seeds",
        "gain_b": "Gain@B, over the best single model in hindsight",
        "gain_b_se": "its standard error over seeds",
        "gap_o": "Gap@O, to the oracle",
        "gap_o_se": "its standard error over seeds",
        "cost_usd": "mean USD a prompt",
        "perf_gain": "PerfGain, over the sweep",
        "perf_gain_se": "its standard error over seeds",
        "cost_save": "CostSave, over the sweep; empty where no configuration is as accurate as the best single model",
        "cost_save_se": "its standard error over seeds",
        "cost_save_n": "on how many of the splits there is such a configuration",
        "pareto_dist": "ParetoDist, mean distance of the sweep to the frontier",
        "aiq": "RouterBench's AIQ over the range of costs of the single models",
        "efficiency": "quality over the oracle's (LLMRank, B.5), by prompts",
        "cost_ratio": "cost over the oracle's (LLMRank, B.5)",
        "quality_gap": "the oracle's quality minus quality (LLMRank, B.5)",
        "recall_failure": "share of the prompts that 1 to 3 models can answer, given to one that cannot",
        "apgr": "RouteLLM's APGR; pools of two models",
        "cpt_50": "RouteLLM's CPT(50 %); pools of two models",
        "cpt_80": "RouteLLM's CPT(80 %); pools of two models",
        "latency_s": "mean seconds to the whole answer, the router's own time counted in",
        "fit_s": "seconds to fit, mean over splits",
        "route_us": "microseconds to route one prompt, in a batch",
        "note": "what was not as usual",
    },
    "curves": {
        "router": "name",
        "kind": "`router`, `reference` or `model`",
        "configuration": "place in the sweep, 0 asks for the most quality",
        "parameter": "what is swept",
        "value": "its value, mean over splits",
        "avg_acc": "AvgAcc, mean over splits",
        "avg_acc_se": "standard error over seeds",
        "cost_usd": "mean USD a prompt",
        "on_frontier": "whether no other point dominates it",
        "is_default": "whether it is the router's default configuration",
    },
    "datasets": {
        "router": "name",
        "kind": "`router`, `reference` or `model`",
        "dataset": "name; small ones are pooled as `other`",
        "prompts": "judged, mean over splits",
        "accuracy": "mean quality, mean over splits",
        "accuracy_se": "standard error over seeds",
        "cost_usd": "mean USD a prompt",
    },
    "hardness": {
        "router": "name",
        "kind": "`router` or `reference`",
        "n_correct": "how many models answer the prompt correctly",
        "prompts": "how many such prompts, mean over splits",
        "accuracy": "share answered correctly",
    },
    "shares": {
        "router": "name",
        "dataset": "name; `all` is over every prompt",
        "model": "chosen model",
        "share": "share of the prompts of the dataset, 0 to 1",
    },
    "matched_cost": {
        "router": "name",
        "target_usd": "mean USD a prompt that the configuration should come nearest to",
        "cost_usd": "what it comes to",
        "avg_acc": "AvgAcc there",
        "model": "chosen model",
        "share": "share of the prompts, 0 to 1",
    },
    "curation": {
        "k": "size of the pool",
        "way": "`coverage` (greedy), `top-k by mean` or `random`",
        "oracle_accuracy": "quality of the oracle over that pool",
        "oracle_accuracy_sd": "standard deviation over random pools",
        "models": "the pool, `; ` between names; empty for random ones",
    },
    "latency": {
        "router": "name",
        "kind": "`router`, `reference` or `model`",
        "latency_s": "mean seconds to the whole answer",
        "avg_acc": "AvgAcc",
        "cost_usd": "mean USD a prompt",
    },
}
"""Frame → column → what it says. A frame may be empty; a figure that does not exist is NaN."""
_COST_SOURCE = "cost_source"
_TEXTS = ("router", "kind", "dataset", "model", "models", "way", "parameter", "note")
"""Columns of words, in which an empty cell is an empty word and a model may be called `None`."""


@dataclass(eq=False)
class BenchResults:
    """The frames of one run over one table."""

    about: dict[str, Any]
    """JSON: `name`, `n_prompts`, `n_judged`, `models`, `datasets` (list of `name`, `prompts`),
    `pooled` (names of the small ones), `protocol`, `seeds`, `n_splits`, `cost_source`
    (`measured`, `estimated` or null), `best_single`, `best_single_train`, `encoder`, `notes` (list
    of sentences), `version`, `fingerprint`."""
    leaderboard: pd.DataFrame
    curves: pd.DataFrame
    datasets: pd.DataFrame
    hardness: pd.DataFrame
    shares: pd.DataFrame
    matched_cost: pd.DataFrame
    curation: pd.DataFrame
    latency: pd.DataFrame
    extra: dict[str, pd.DataFrame] = field(default_factory=dict)
    """More frames, each shown as a table of its name."""

    @property
    def frames(self) -> dict[str, pd.DataFrame]:
        """The frames by name, the extra ones last."""
        return {item.name: getattr(self, item.name) for item in fields(self) if item.name in COLUMNS} | self.extra

    @property
    def has_costs(self) -> bool:
        """Whether costs are known."""
        return self.about.get("cost_source") is not None

    def save(self, folder: Path) -> Path:
        """Write `about.json` and a tidy CSV file a frame, and return the folder.

        A file with costs has one more column, `cost_source`: `measured` or `estimated`.
        """
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "about.json").write_text(json.dumps(self.about, indent=2, ensure_ascii=False), encoding="utf-8")
        for name, frame in self.frames.items():
            told = {_COST_SOURCE: self.about.get("cost_source")} if self.has_costs and "cost_usd" in frame else {}
            frame.assign(**told).to_csv(folder / f"{name}.csv", index=False)
        return folder

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote."""
        about = json.loads((folder / "about.json").read_text(encoding="utf-8"))
        frames = {path.stem: _read(path) for path in sorted(folder.glob("*.csv"))}
        own = {name: frames.pop(name) for name in COLUMNS}
        return cls(about, **own, extra=frames)


def _read(path: Path) -> pd.DataFrame:
    import pandas as pd

    names = pd.read_csv(path, nrows=0).columns
    words = dict.fromkeys((name for name in names if name in _TEXTS), str)
    empty = {name: [""] for name in names if name not in words}
    read = pd.read_csv(path, dtype=words, keep_default_na=False, na_values=empty)
    return read.drop(columns=_COST_SOURCE, errors="ignore")


def frame(name: str, rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Return rows as the frame `name`, with all its columns in order."""
    import pandas as pd

    return pd.DataFrame(rows, columns=list(COLUMNS[name]))
