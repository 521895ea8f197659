"""Which objects a list or watch is about: label and field selectors of a request, compiled."""

from __future__ import annotations

from dataclasses import dataclass

from kubegate.api import status as statuses
from kubegate.api.catalog import Resource
from kubegate.api.names import Object
from kubegate.api.status import StatusError
from kubegate.selectors import field_labels, fields, labels
from kubegate.selectors.errors import SelectorError
from kubegate.selectors.field_labels import FieldLabels
from kubegate.selectors.fields import FieldSelector
from kubegate.selectors.labels import LabelSelector


@dataclass(frozen=True, slots=True)
class Selection:
    """``labels`` and ``fields`` None select everything; ``name`` is the one name asked for, or ""."""

    labels: LabelSelector | None = None
    fields: FieldSelector | None = None
    known: FieldLabels | None = None
    name: str = ""

    @property
    def everything(self) -> bool:
        return self.labels is None and self.fields is None

    def matches(self, obj: Object) -> bool:
        """True if the object (in its stored form) is selected."""
        if self.labels is not None and not self.labels.matches(obj["metadata"].get("labels") or {}):
            return False
        return self.fields is None or self.known is None or self.known.matches(self.fields, obj)


def parse(resource: Resource, label_text: str, field_text: str, known: FieldLabels | None = None) -> Selection:
    """The selection of a request; raises 400 in the server's words. ``known``: the fields that a custom kind declares."""
    by_label = by_field = None
    try:
        if label_text:
            by_label = labels.parse(label_text)
    except SelectorError as error:
        raise StatusError(statuses.bad_request(error.message)) from None
    known = known or field_labels.of_kind(resource.kind)
    try:
        if field_text:
            by_field = known.convert(resource.kind, fields.parse(field_text))
    except SelectorError as error:
        raise StatusError(statuses.bad_request(error.message)) from None
    name = (by_field.exact_value("metadata.name") or "") if by_field is not None else ""
    return Selection(
        None if by_label is None or by_label.empty else by_label,
        None if by_field is None or by_field.empty else by_field,
        known,
        name,
    )


def demanded_name(field_text: str) -> str:
    """The name that a field selector demands, if it could be the name of an object; "" otherwise."""
    try:
        name = fields.parse(field_text).exact_value("metadata.name") or ""
    except SelectorError:
        return ""
    return name if name not in (".", "..") and "/" not in name and "%" not in name else ""
