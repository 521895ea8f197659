"""The strategies and conversions of every built-in kind, as one readable list."""

from __future__ import annotations

from kubegate.api.names import GroupVersionResource
from kubegate.registry.admissionregistration.policy_catalog import STRATEGIES as ADMISSION_POLICIES
from kubegate.registry.core.catalog import STRATEGIES as CORE
from kubegate.registry.interface import Strategy
from kubegate.registry.registry import Conversion, Registry

STRATEGIES: tuple[Strategy, ...] = CORE + ADMISSION_POLICIES


def build_registry() -> Registry:
    """The registry of the built-in kinds."""
    conversions: dict[GroupVersionResource, Conversion] = {}
    return Registry({strategy.resource: strategy for strategy in STRATEGIES}, conversions)
