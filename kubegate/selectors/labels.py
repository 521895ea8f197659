"""The label selector language: ``app=web,tier in (front,back),!legacy,replicas>3``."""

from __future__ import annotations

from functools import lru_cache

from kubegate.selectors.parse import parse_label_selector
from kubegate.selectors.requirement import EVERYTHING, NOTHING, LabelSelector, Operator, Requirement

__all__ = ["EVERYTHING", "NOTHING", "LabelSelector", "Operator", "Requirement", "parse"]


@lru_cache(maxsize=1024)
def parse(text: str) -> LabelSelector:
    """The selector that a text means; raises `errors.SelectorError` in the words of ``labels.Parse``."""
    return parse_label_selector(text)
