"""The admission chain: every mutator in order, later every validator in order.

The first refusal ends a pass. When a mutator asks for it (`interface.Reinvocation`), all mutators run exactly once more.
A plugin that raises `StatusError` (the cluster refused a read or write) refuses with that Status; any other exception is a
bug and leaves the chain: the request is not admitted.

Source: k8s.io/apiserver ``pkg/admission/{chain,reinvocation}.go``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from kubegate.admission.interface import Mutator, Review, Validator
from kubegate.api.status import Status, StatusError

Step: TypeAlias = tuple[str, Callable[[Review], Status | None]]

Trace: TypeAlias = Callable[[str, Review, Status | None], None]
"""Told after each plugin: its name, the review as it left it, and its refusal or None."""


class AdmissionChain:
    """Plugins under their public names, in the order in which they run."""

    def __init__(self, plugins: Sequence[tuple[str, Mutator | Validator]]) -> None:
        self.names = tuple(name for name, _ in plugins)
        self.plugins = dict(plugins)
        self._mutators: list[Step] = [(name, plugin.mutate) for name, plugin in plugins if isinstance(plugin, Mutator)]
        self._validators: list[Step] = [(name, plugin.validate) for name, plugin in plugins if isinstance(plugin, Validator)]

    def mutate(self, review: Review, trace: Trace | None = None) -> Status | None:
        """Change ``review.object`` in place; a Status refuses the request."""
        refusal = _run(self._mutators, review, trace)
        again = review.reinvocation
        if refusal is None and again.requested and not again.running:
            again.running = True
            refusal = _run(self._mutators, review, trace)
        return refusal

    def validate(self, review: Review, trace: Trace | None = None) -> Status | None:
        """None admits; a Status refuses the request."""
        return _run(self._validators, review, trace)


def _run(steps: list[Step], review: Review, trace: Trace | None) -> Status | None:
    for name, step in steps:
        try:
            refusal = step(review)
        except StatusError as error:
            refusal = error.status
        if trace is not None:
            trace(name, review, refusal)
        if refusal is not None:
            return refusal
    return None
