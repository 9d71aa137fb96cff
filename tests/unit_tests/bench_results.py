"""Made-up benchmark results that hang together: models answer prompts, routers pick, the bench's own metrics judge."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from langchain_dynaroute.bench import frontier, metrics
from langchain_dynaroute.bench.results import BenchResults, frame

ROUTERS = (
    "Avengers-Pro", "kNN (k = 20)", "EmbedLLM", "GraphRouter", "MODEL-SAT", "Linear utility",
    "RouterDC", "LLMRank", "Tier table", "RouteLLM (MF)", "HybridLLM", "FrugalGPT",
)  # fmt: skip
MODELS = (
    "GPT-5", "Gemini-2.5-Pro", "Claude-Sonnet-4", "Qwen3-235B-A22B-Thinking-2507", "DeepSeek-R1-0528", "GLM-4.6",
    "Kimi-K2-0905", "Gemini-2.5-Flash", "DeepSeek-V3.1-Terminus", "Intern-S1", "GPT-5-Chat", "Qwen3-8B",
    "Llama-3.1-Nemotron-Nano-8B-v1", "DeepHermes-3-Llama-3-8B-Preview", "Granite-3.3-8B-Instruct", "MiniCPM4.1-8B",
    "NVIDIA-Nemotron-Nano-9B-v2", "OpenThinker3-7B", "Cogito-v1-preview-llama-8B", "MiMo-7B-RL-0530", "Fin-R1",
    "GLM-Z1-9B-0414", "Qwen2.5-Coder-7B-Instruct", "Internlm3-8b-instruct", "Llama-UltraMedical-3-8B",
    "DeepSeek-R1-0528-Qwen3-8B", "Gemma-2-9b-it", "Mistral-7B-Instruct-v0.3", "Ministral-8B-Instruct-2410",
)  # fmt: skip
DATASETS = (
    "AIME", "LiveMathBench", "MMLU-Pro", "GPQA", "HLE", "SimpleQA", "LiveCodeBench", "SWE-Bench", "ArenaHard",
    "τ²-Bench", "BBH", "FinQA", "MedQA", "MBPP", "WinoGrande",
)  # fmt: skip
_FIRST_SIZE = 60


def names(known: tuple[str, ...], count: int, word: str) -> list[str]:
    return [*known[:count], *(f"{word}-{i:02d}" for i in range(len(known), count))]


def by_split(metric: Any, *accuracies: np.ndarray) -> np.ndarray:
    return np.array([metric(*of_split) for of_split in zip(*accuracies, strict=True)])


@dataclass
class World:
    """Prompts with a probability of being answered by each model, and what was drawn from it."""

    models: list[str]
    routers: list[str]
    datasets: list[str]
    seeds: int = 5
    sweep: int = 101
    costs: str | None = "measured"
    rng: np.random.Generator = field(default_factory=lambda: np.random.default_rng(7))

    def __post_init__(self) -> None:
        """Draw abilities, answers and prices."""
        m, d = len(self.models), len(self.datasets)
        self.group = np.repeat(np.arange(d), [_FIRST_SIZE + 37 * i % 200 for i in range(d)])
        strength = np.linspace(0.9, -0.6, m)
        ability = strength + self.rng.normal(0, 0.36, (d, m))
        hard = self.rng.normal(0, 1.3, len(self.group)) + np.linspace(-1.2, 1.4, d)[self.group]
        self.chance = 1 / (1 + np.exp(-(ability[self.group] - hard[:, None]) * 1.4))
        self.quality = (self.rng.random(self.chance.shape) < self.chance).astype(float)
        price = 0.02 * np.exp(2.2 * (strength - 0.9)) * self.rng.lognormal(0, 0.5, m)
        self.cost = price * self.rng.lognormal(0, 0.6, (len(self.group), 1))
        self.tests = [self.rng.permutation(len(self.group))[: int(0.3 * len(self.group))] for _ in range(self.seeds)]

    def choices(self, router: int) -> np.ndarray:
        """Return what a router picks, shape (configurations, prompts); those further down know less."""
        means = np.array([self.quality[self.group == g].mean(axis=0) for g in range(len(self.datasets))])
        know = 1 - router / len(self.routers)
        seen = 0.25 * know * self.chance + (1 - 0.25 * know) * means[self.group]
        seen = seen + self.rng.normal(0, 0.01 + 0.22 * (1 - know) ** 2, seen.shape)
        relative = np.log(self.cost) - np.log(self.cost).min(axis=1, keepdims=True)
        weights = np.linspace(0, 0.2, self.sweep) ** 1.5
        return np.array([(seen - weight * relative).argmax(axis=1) for weight in weights])

    def accuracies(self, got: np.ndarray) -> np.ndarray:
        """Mean quality by split and dataset: (..., prompts) to (..., splits, datasets)."""
        member = np.zeros((len(self.group), self.seeds, len(self.datasets)))
        for s, test in enumerate(self.tests):
            member[test, s, self.group[test]] = 1
        member /= np.maximum(member.sum(axis=0), 1)
        return np.tensordot(got, member, axes=(-1, 0))

    @cached_property
    def picks(self) -> dict[tuple[str, str], np.ndarray]:
        """(kind, name) → choices, shape (configurations, prompts)."""
        rows = np.arange(len(self.models))[:, None] + np.zeros(len(self.group), dtype=int)
        single = int(self.accuracies(self.quality.T).mean(axis=(1, 2)).argmax())
        means = np.array([self.quality[self.group == g].mean(axis=0) for g in range(len(self.datasets))])
        dear = self.quality - 1e-6 * self.cost
        picks = {("router", name): self.choices(i) for i, name in enumerate(self.routers)}
        picks["reference", "Random"] = self.rng.integers(len(self.models), size=(1, len(self.group)))
        picks["reference", "Cheapest"] = rows[[int(self.cost.mean(axis=0).argmin())]]
        picks["reference", "Best single (train)"] = rows[[single]]
        picks["reference", "Best single"] = rows[[single]]
        picks["reference", "Dataset oracle"] = means.argmax(axis=1)[self.group][None]
        picks["reference", "Oracle"] = dear.argmax(axis=1)[None]
        return picks | {("model", name): rows[[i]] for i, name in enumerate(self.models)}

    def got(self, choices: np.ndarray) -> np.ndarray:
        return self.quality[np.arange(len(self.group)), choices]

    def spent(self, choices: np.ndarray) -> np.ndarray:
        if self.costs is None:
            return np.full(len(choices), np.nan)
        return self.cost[np.arange(len(self.group)), choices].mean(axis=-1)

    def se(self, values: np.ndarray) -> float:
        return float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else float("nan")

    @cached_property
    def all_points(self) -> tuple[np.ndarray, np.ndarray]:
        """AvgAcc and cost of the configurations of every router and of every model."""
        own = [c for (kind, _), c in self.picks.items() if kind != "reference"]
        return (
            np.concatenate([self.accuracies(self.got(c)).mean(axis=(1, 2)) for c in own]),
            np.concatenate([self.spent(c) for c in own]),
        )

    def leaderboard_row(self, kind: str, name: str) -> dict[str, Any]:
        acc = self.accuracies(self.got(self.picks[kind, name]))
        best = self.accuracies(self.got(self.picks["reference", "Best single"]))[0]
        oracle = self.accuracies(self.got(self.picks["reference", "Oracle"]))[0]
        chance = self.accuracies(self.quality.mean(axis=1))
        mine = chance if name == "Random" else acc[0]
        gains = (by_split(metrics.gain_over_random, mine, chance), by_split(metrics.gain_over_best_single, mine, best))
        gap = by_split(metrics.gap_to_oracle, mine, oracle)
        delta = mine.mean(axis=1) - best.mean(axis=1)
        width = 0.011 + 0.1 * abs(float(delta.mean()))
        row = {
            "router": name, "kind": kind, "avg_acc": mine.mean(), "avg_acc_se": self.se(mine.mean(axis=1)),
            "micro_acc": self.got(self.picks[kind, name])[0].mean(), "difference": delta.mean(),
            "difference_low": delta.mean() - width, "difference_high": delta.mean() + width,
            "gain_r": gains[0].mean(), "gain_r_se": self.se(gains[0]), "gain_b": gains[1].mean(),
            "gain_b_se": self.se(gains[1]), "gap_o": gap.mean(), "gap_o_se": self.se(gap),
            "efficiency": mine.mean() / oracle.mean(), "quality_gap": oracle.mean() - mine.mean(),
            "recall_failure": 0.4 + 0.5 * gap.mean(), "cost_usd": self.spent(self.picks[kind, name])[0],
        }  # fmt: skip
        return row | (self.sweep_figures(name, acc, best) if kind == "router" else {})

    def sweep_figures(self, name: str, acc: np.ndarray, best: np.ndarray) -> dict[str, Any]:
        average, cost = acc.mean(axis=2), self.spent(self.picks["router", name])
        gain = np.array([metrics.perf_gain(average[:, s], best[s].mean()) for s in range(self.seeds)])
        figures = {"perf_gain": gain.mean(), "perf_gain_se": self.se(gain), "fit_s": 1.5, "route_us": 40.0}
        if self.costs is None:
            return figures
        base = float(self.spent(self.picks["reference", "Best single"])[0])
        reach = [average[:, s] >= best[s].mean() for s in range(self.seeds)]
        saved = np.array([1 - cost[ok].min() / base for ok in reach if ok.any()])
        every = self.all_points
        low, high = float(every[1].min()), float(every[1].max())
        return figures | {
            "cost_save": saved.mean() if len(saved) else float("nan"),
            "cost_save_se": self.se(saved) if len(saved) else float("nan"),
            "cost_save_n": len(saved),
            "pareto_dist": frontier.pareto_distance(average.mean(axis=1), cost, *every),
            "aiq": frontier.aiq(cost, average.mean(axis=1), low, high),
            "cost_ratio": cost[0] / self.spent(self.picks["reference", "Oracle"])[0],
        }

    def curve_rows(self) -> list[dict[str, Any]]:
        rows = []
        for (kind, name), choices in self.picks.items():
            average = self.accuracies(self.got(choices)).mean(axis=2)
            for i, cost in enumerate(self.spent(choices)):
                swept = {"parameter": "cost_weight", "value": 0.01 * i} if kind == "router" else {}
                place = {"configuration": i, "avg_acc": average[i].mean(), "avg_acc_se": self.se(average[i])}
                rows.append({"router": name, "kind": kind, "cost_usd": cost, "is_default": i == 0} | place | swept)
        own = [row for row in rows if row["kind"] != "reference" and self.costs is not None]
        on = frontier.pareto_frontier([row["avg_acc"] for row in own], [row["cost_usd"] for row in own])
        for row in rows:
            row["on_frontier"] = False
        for row, ok in zip(own, on, strict=True):
            row["on_frontier"] = bool(ok)
        return rows

    def dataset_rows(self) -> list[dict[str, Any]]:
        rows = []
        for (kind, name), choices in self.picks.items():
            acc = self.accuracies(self.got(choices[0]))
            for g, dataset in enumerate(self.datasets):
                count = int((self.group == g).sum() * 0.3)
                row = {"router": name, "kind": kind, "dataset": dataset, "prompts": count}
                rows.append(row | {"accuracy": acc[:, g].mean(), "accuracy_se": self.se(acc[:, g])})
        return rows

    def hardness_rows(self) -> list[dict[str, Any]]:
        correct = self.quality.sum(axis=1).astype(int)
        return [
            {"router": name, "kind": kind, "n_correct": k, "prompts": (correct == k).sum() * 0.3,
             "accuracy": self.got(choices[0])[correct == k].mean()}
            for (kind, name), choices in self.picks.items() if kind != "model"
            for k in np.unique(correct)
        ]  # fmt: skip

    def share_rows(self) -> list[dict[str, Any]]:
        rows = []
        for (kind, name), choices in self.picks.items():
            for g, dataset in enumerate(["all", *self.datasets]) if kind == "router" else ():
                mine = choices[0] if dataset == "all" else choices[0][self.group == g - 1]
                share = np.bincount(mine, minlength=len(self.models)) / len(mine)
                found = [(self.models[i], part) for i, part in enumerate(share) if part > 0]
                rows += [{"router": name, "dataset": dataset, "model": model, "share": part} for model, part in found]
        return rows

    def matched_rows(self) -> list[dict[str, Any]]:
        target = 0.4 * float(self.spent(self.picks["reference", "Best single"])[0])
        rows = []
        for name in self.routers:
            choices = self.picks["router", name]
            at = int(np.abs(self.spent(choices) - target).argmin())
            share = np.bincount(choices[at], minlength=len(self.models)) / len(self.group)
            average = self.accuracies(self.got(choices[at])).mean()
            row = {"router": name, "target_usd": target, "cost_usd": self.spent(choices)[at], "avg_acc": average}
            rows += [row | {"model": self.models[i], "share": part} for i, part in enumerate(share) if part > 0]
        return rows

    def curation_rows(self) -> list[dict[str, Any]]:
        order, rows = list(self.quality.mean(axis=0).argsort()[::-1]), []
        cover: list[int] = []
        for k in range(1, len(self.models) + 1):
            rest = [i for i in order if i not in cover]
            cover.append(max(rest, key=lambda i: self.quality[:, [*cover, i]].max(axis=1).mean()))
            drawn = [self.quality[:, self.rng.permutation(len(order))[:k]].max(axis=1).mean() for _ in range(20)]
            for way, pool in (("coverage", cover), ("top-k by mean", order[:k])):
                held = {"k": k, "way": way, "models": "; ".join(self.models[i] for i in pool)}
                rows.append(held | {"oracle_accuracy": self.quality[:, pool].max(axis=1).mean()})
            row = {"k": k, "way": "random", "oracle_accuracy": np.mean(drawn), "oracle_accuracy_sd": np.std(drawn)}
            rows.append(row | {"models": ""})
        return rows

    def latency_rows(self, leaderboard: list[dict[str, Any]]) -> list[dict[str, Any]]:
        keys = ("router", "kind", "avg_acc", "cost_usd")
        return [
            {key: row[key] for key in keys} | {"latency_s": float(self.rng.lognormal(2.5, 0.9))} for row in leaderboard
        ]

    def about(self) -> dict[str, Any]:
        best = self.models[int(self.picks["reference", "Best single"][0, 0])]
        sizes = [{"name": name, "prompts": int((self.group == g).sum())} for g, name in enumerate(self.datasets)]
        return {
            "name": "Made-up table", "n_prompts": len(self.group), "n_judged": int(0.3 * len(self.group)),
            "models": self.models, "datasets": sizes, "pooled": ["tiny-1", "tiny-2"], "protocol": "llmrouterbench",
            "seeds": [42, 999, 2024, 2025, 3407][: self.seeds], "n_splits": self.seeds, "cost_source": self.costs,
            "best_single": best, "best_single_train": best, "encoder": "WordLlama, 256 dimensions",
            "notes": ["2 datasets with under 30 prompts are pooled as `other`."], "version": "0.4.0",
            "fingerprint": "9f2c41d07b",
        }  # fmt: skip


def make_results(  # noqa: PLR0913, PLR0917
    models: int = 11, routers: int = 12, datasets: int = 10, seeds: int = 5, sweep: int = 101,
    costs: str | None = "measured", *, latency: bool = True,
) -> BenchResults:  # fmt: skip
    """Simulate a run; `costs` is what `about["cost_source"]` says."""
    known = names(MODELS, models, "model"), names(ROUTERS, routers, "router"), names(DATASETS, datasets, "set")
    world = World(*known, seeds, sweep, costs)
    board = [world.leaderboard_row(*key) for key in world.picks]
    return BenchResults(
        about=world.about(),
        leaderboard=frame("leaderboard", board),
        curves=frame("curves", world.curve_rows()),
        datasets=frame("datasets", world.dataset_rows()),
        hardness=frame("hardness", world.hardness_rows()),
        shares=frame("shares", world.share_rows()),
        matched_cost=frame("matched_cost", world.matched_rows() if costs else []),
        curation=frame("curation", world.curation_rows()),
        latency=frame("latency", world.latency_rows(board) if latency else []),
        extra={"encoders": frame_of_encoders()},
    )


def frame_of_encoders() -> Any:
    import pandas as pd

    return pd.DataFrame({"encoder": ["WordLlama", "MiniLM-L6"], "avg_acc": [0.612, 0.615], "n": [5, 5]})
