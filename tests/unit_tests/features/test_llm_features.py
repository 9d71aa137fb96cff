"""Features as a chat model judges them: asked for by name, repaired once, and never trusted blindly."""

from __future__ import annotations

import numpy as np
import pytest
from fakes import Judge

from langchain_dynaroute.features import FEATURE_NAMES, prompt_features
from langchain_dynaroute.features.llm_features import ASKED, ChatModelFeatures

GOOD = {feature.name: 0.25 for feature in ASKED}


def test_the_models_judgement_is_the_feature():
    """Features of the task are the model's, under the same names; what can be counted is counted."""
    found = ChatModelFeatures(Judge(tool="PromptFeatures", verdicts=[GOOD]))("Prove it.")
    values = dict(zip(FEATURE_NAMES, found.values.tolist(), strict=True))
    computed = dict(zip(FEATURE_NAMES, prompt_features("Prove it.").tolist(), strict=True))

    assert "" == found.note
    assert {0.25} == {values[name] for name in GOOD}
    assert {name: values[name] for name in values.keys() - GOOD.keys()} == {
        name: computed[name] for name in computed.keys() - GOOD.keys()
    }


def test_one_repair_is_asked_for():
    """A number out of range is sent back once with the reason."""
    judge = Judge(tool="PromptFeatures", verdicts=[{**GOOD, "proof": 7}, GOOD])

    assert "" == ChatModelFeatures(judge)("Prove it.").note
    assert "does not fit" in judge.calls[1]["messages"][-1].text


@pytest.mark.parametrize(
    "judge", [Judge(tool="PromptFeatures", verdicts=[{"proof": "much"}]), Judge(error="no such host")]
)
def test_without_a_usable_answer_features_are_computed(judge):
    """After a failed repair, and for a model out of reach, the computed features stand in, with a note."""
    found = ChatModelFeatures(judge)("Prove it.")

    assert np.array_equal(prompt_features("Prove it."), found.values)
    assert "taken as computed" in found.note
    assert len(judge.calls) <= 2
