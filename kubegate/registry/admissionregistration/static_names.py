"""Names that are reserved for what comes from manifest files: refused where those are in use, and warned about elsewhere.

Source: kubernetes ``pkg/apis/admissionregistration/validation/static_suffix.go``.
"""

from __future__ import annotations

from dataclasses import replace

from kubegate.admission.manifests.rules import SUFFIX
from kubegate.admission.manifests.settings import GATE
from kubegate.api.field_errors import FieldError, invalid
from kubegate.api.names import Object, name_of
from kubegate.registry.interface import Strategy, WriteContext

_OWNERS = "static manifest-based configurations"
_WHY = f'names ending with "{SUFFIX}" are reserved for {_OWNERS} and cannot be managed via the API'


def reserving(strategy: Strategy) -> Strategy:
    """The strategy with a look at names when objects are created."""

    def validate(obj: Object, context: WriteContext) -> list[FieldError]:
        errors = strategy.validate(obj, context)
        if context.gates.get(GATE) and name_of(obj).endswith(SUFFIX):
            errors = [*errors, invalid("metadata.name", name_of(obj), _WHY)]
        return errors

    return replace(strategy, validate=validate, warnings=_warnings)


def _warnings(obj: Object, old: Object | None) -> list[str]:
    return [f"metadata.name: {_WHY}"] if old is None and name_of(obj).endswith(SUFFIX) else []
