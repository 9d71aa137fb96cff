"""Readable features of prompts (LLMRank, section 5.1)."""

from langchain_dynaroute.features.prompt_features import (
    FEATURE_NAMES,
    FEATURES,
    Feature,
    feature_matrix,
    prompt_features,
)

__all__ = ["FEATURES", "FEATURE_NAMES", "Feature", "feature_matrix", "prompt_features"]
