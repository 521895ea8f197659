"""JobValidation: the place where v1.36 will judge Jobs that are scheduled as a gang.

The plugin is on by default there and refuses nothing yet, whatever the alpha feature gates say; so does this one.

Source: kubernetes ``plugin/pkg/admission/job`` (KEP-5547).
"""

from __future__ import annotations

from typing import Any

from kubegate.admission.interface import Environment, Plugin, Review
from kubegate.api.status import Status


class JobValidation:
    """Admits every Job."""

    def validate(self, review: Review) -> Status | None:
        return None


def _build(environment: Environment, configuration: Any) -> JobValidation:
    return JobValidation()


PLUGIN = Plugin("JobValidation", _build, on_by_default=True)
