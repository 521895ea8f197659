"""The cases of each stage, run."""
