"""LiteLLM's complexity router as a baseline of the level: its rules, read from the installed package."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Self

from langchain_dynaroute.errors import ClassifierError
from langchain_dynaroute.evaluation.predictions import Profiles
from langchain_dynaroute.profiles import DifficultyLevel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_dynaroute.evaluation.labelled_prompts import PromptRow

LEVEL_OF_TIER = {
    "NON_REASONING": DifficultyLevel.SIMPLE,
    "SIMPLE": DifficultyLevel.SIMPLE,
    "MEDIUM": DifficultyLevel.MODERATE,
    "COMPLEX": DifficultyLevel.COMPLEX,
    "REASONING": DifficultyLevel.COMPLEX,
}
"""LiteLLM's tiers, from its docstrings: SIMPLE is a fact or a greeting, REASONING its hardest."""


class LiteLLMComplexity:
    """`ComplexityRouter` of LiteLLM with its default rules: key words, length, numbers of questions.

    It calls no model and no network. Its tiers SIMPLE, MEDIUM and COMPLEX are levels 1 to 3, and
    REASONING is 3 too; it knows no categories.
    """

    name = "LiteLLM complexity router"
    learns = False

    def fit(self, rows: Sequence[PromptRow]) -> Self:  # noqa: ARG002 - there is nothing to learn
        """Build the rules.

        Raises:
            ClassifierError: the installed LiteLLM has no such router, or another one.
        """
        self.rules_ = _rules()
        return self

    def predict(self, rows: Sequence[PromptRow]) -> Profiles:
        """Return levels without categories."""
        said = Profiles.unknown(len(rows))
        said.level[:] = [LEVEL_OF_TIER[self.rules_.classify(row.prompt)[0].value] - 1 for row in rows]
        return said


def _rules() -> Any:
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    try:
        from litellm.router_strategy.complexity_router.complexity_router import ComplexityRouter

        rules = ComplexityRouter(model_name="levels", litellm_router_instance=None)
        LEVEL_OF_TIER[rules.classify("hello")[0].value]
    except Exception as error:
        msg = f"the installed LiteLLM has no complexity router that can be asked ({type(error).__name__}: {error})"
        raise ClassifierError(msg) from error
    return rules
