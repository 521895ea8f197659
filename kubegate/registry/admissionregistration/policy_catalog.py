"""The kinds of admission policies."""

from __future__ import annotations

from kubegate.registry.admissionregistration.mutating_policies import MUTATING_BINDING, MUTATING_POLICY
from kubegate.registry.admissionregistration.validating_policies import VALIDATING_BINDING, VALIDATING_POLICY
from kubegate.registry.interface import Strategy

STRATEGIES: tuple[Strategy, ...] = (VALIDATING_POLICY, VALIDATING_BINDING, MUTATING_POLICY, MUTATING_BINDING)
