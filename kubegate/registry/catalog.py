"""The strategies and conversions of every built-in kind, as one readable list."""

from __future__ import annotations

from kubegate.registry.core.pods.pod import POD
from kubegate.registry.interface import Strategy
from kubegate.registry.registry import Conversion, Registry

STRATEGIES: tuple[Strategy, ...] = (POD,)


def build_registry() -> Registry:
    """The registry of the built-in kinds."""
    conversions: dict[object, Conversion] = {}
    return Registry({strategy.resource: strategy for strategy in STRATEGIES}, conversions)  # type: ignore[arg-type]
