"""Mutants of the rules (``x-kubernetes-validations``) of custom kinds."""

from __future__ import annotations

from collections.abc import Iterator

from kubegate.analysis.custom_rules import rule_lists
from kubegate.analysis.mutation.operators.admission_policies import text_edits
from kubegate.analysis.mutation.operators.edit import Edit, drop_each, value_at
from kubegate.api.names import Object


def definition_edits(obj: Object) -> Iterator[Edit]:
    """Mutants of a CustomResourceDefinition, in the order of its schemas."""
    for path, _ in rule_lists(obj):
        for index in range(len(value_at(obj, path))):
            yield from text_edits(obj, (*path, index, "rule"))
        yield from drop_each(obj, "schema rule removed", path)
