"""Feature gates that plugins look at: those of v1.36 that are off by default act only when switched on."""

from __future__ import annotations

from kubegate.admission.interface import Environment

ON_BY_DEFAULT = frozenset({"InPlacePodVerticalScaling", "NodeDeclaredFeatures"})
"""Of the gates asked for here, those that v1.36 has on (the other ones are alpha)."""


def is_on(environment: Environment, name: str) -> bool:
    """True if ``--feature-gates`` says so, or by default."""
    gates = environment.options.get("feature-gates") or {}
    return bool(gates.get(name, name in ON_BY_DEFAULT))
