"""How good a classifier is: on labelled prompts, beside baselines, with whole sources left out."""
