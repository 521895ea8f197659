"""AlwaysAdmit: admits everything. Deprecated: it has no effect."""

from __future__ import annotations

from typing import Any

from kubegate.admission.interface import Environment, Plugin, Review
from kubegate.api.status import Status


class AlwaysAdmit:
    """Refuses nothing."""

    def mutate(self, review: Review) -> Status | None:
        return None

    def validate(self, review: Review) -> Status | None:
        return None


def _build(environment: Environment, configuration: Any) -> AlwaysAdmit:
    return AlwaysAdmit()


PLUGIN = Plugin("AlwaysAdmit", _build)
