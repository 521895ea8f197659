"""AlwaysDeny: refuses every write, reviews of oneself included. Deprecated: for tests only."""

from __future__ import annotations

from typing import Any

from kubegate.admission.interface import Environment, Plugin, Review
from kubegate.admission.rejections import forbidden
from kubegate.api.status import Status


class AlwaysDeny:
    """Admits nothing."""

    def mutate(self, review: Review) -> Status | None:
        return self.validate(review)

    def validate(self, review: Review) -> Status | None:
        return forbidden(review, "admission control is denying all modifications")


def _build(environment: Environment, configuration: Any) -> AlwaysDeny:
    return AlwaysDeny()


PLUGIN = Plugin("AlwaysDeny", _build)
