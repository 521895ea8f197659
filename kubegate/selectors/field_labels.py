"""Which fields of which kind a field selector may name, how a refusal reads, and what value an object has.

Source: the ``AddFieldLabelConversionFunc`` calls of ``pkg/apis/*/v*/conversion.go`` (labels and messages) and the
``ToSelectableFields`` functions of ``pkg/registry`` (values).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from kubegate.api.go import quote
from kubegate.api.names import GroupVersionKind, Object
from kubegate.selectors.errors import SelectorError
from kubegate.selectors.fields import FieldSelector

Extract: TypeAlias = Callable[[Object], str]
"""The text that an object has in a field; "" if absent."""

NAME, NAMESPACE = "metadata.name", "metadata.namespace"


def _at(path: str, default: str = "") -> Extract:
    """The value at a dotted path as Go prints it (``true``, ``7``); ``default`` if absent or empty."""
    keys = path.split(".")

    def extract(obj: Object) -> str:
        value: Any = obj
        for key in keys:
            value = value.get(key) if isinstance(value, Mapping) else None
        return default if value is None or value == "" else _text(value)

    return extract


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _first_pod_ip(obj: Object) -> str:
    addresses = (obj.get("status") or {}).get("podIPs") or []
    return str(addresses[0].get("ip") or "") if addresses else ""


def _either(*paths: str) -> Extract:
    """The first of several fields that is set."""
    found = [_at(path) for path in paths]
    return lambda obj: next((text for extract in found if (text := extract(obj))), "")


def _core(label: str, kind: GroupVersionKind) -> str:
    return f"field label not supported: {label}"


def _metadata_only(label: str, kind: GroupVersionKind) -> str:
    return f'{quote(label)} is not a known field selector: only "{NAME}", "{NAMESPACE}"'


def _named(label: str, kind: GroupVersionKind) -> str:
    return f"field label {quote(label)} not supported for {kind.kind}"


def _versioned(label: str, kind: GroupVersionKind) -> str:
    return f"field label not supported for {kind}: {label}"


@dataclass(frozen=True)
class FieldLabels:
    """What field selectors may name in a kind; ``values`` also has the fields that are accepted but always empty."""

    values: Mapping[str, Extract]
    refusal: Callable[[str, GroupVersionKind], str] = _core
    aliases: Mapping[str, str] = field(default_factory=dict)
    namespace: bool = True

    def convert(self, kind: GroupVersionKind, selector: FieldSelector) -> FieldSelector:
        """The selector in the object's own field names; raises `SelectorError` if a field is not supported."""

        def label(name: str) -> str:
            name = self.aliases.get(name, name)
            if name == NAME or (name == NAMESPACE and self.namespace) or name in self.values:
                return name
            raise SelectorError(self.refusal(name, kind), text=str(selector), position=str(selector).find(name))

        return selector.transform(label)

    def fields_of(self, obj: Object) -> dict[str, str]:
        """The values of all selectable fields of an object."""
        meta = obj.get("metadata") or {}
        found = {NAME: str(meta.get("name") or ""), NAMESPACE: str(meta.get("namespace") or "")}
        found.update((name, extract(obj)) for name, extract in self.values.items())
        return found

    def matches(self, selector: FieldSelector, obj: Object) -> bool:
        """Does an object satisfy a selector that `convert` returned? (Extracts only what the selector names.)"""
        meta = obj.get("metadata") or {}
        for name, operator, wanted in selector.requirements:
            if name in (NAME, NAMESPACE):
                value = str(meta.get(name[9:]) or "")
            else:
                value = self.values[name](obj)
            if (value == wanted) is not (operator == "="):
                return False
        return True


def _event_fields(about: str) -> dict[str, Extract]:
    """Events are stored in one shape and read in two; the reference is ``involvedObject`` or ``regarding``."""
    reference = ("kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath")
    return {
        **{f"{about}.{part}": _either(f"involvedObject.{part}", f"regarding.{part}") for part in reference},
        "reason": _at("reason"),
        "type": _at("type"),
    }


_SOURCE = _either("source.component", "deprecatedSource.component", "reportingComponent", "reportingController")
_REPORTER = _either("reportingComponent", "reportingController")
_SIGNER = {"spec.signerName": _at("spec.signerName")}
_SLICE = FieldLabels(
    {"spec.nodeName": _at("spec.nodeName"), "spec.driver": _at("spec.driver")}, refusal=_versioned, namespace=False
)

_POD = FieldLabels(
    {
        "spec.nodeName": _at("spec.nodeName"),
        "spec.restartPolicy": _at("spec.restartPolicy"),
        "spec.schedulerName": _at("spec.schedulerName"),
        "spec.serviceAccountName": _at("spec.serviceAccountName"),
        "spec.hostNetwork": _at("spec.hostNetwork", "false"),
        "status.phase": _at("status.phase"),
        "status.podIP": _first_pod_ip,
        "status.podIPs": lambda obj: "",
        "status.nominatedNodeName": _at("status.nominatedNodeName"),
    },
    aliases={"spec.host": "spec.nodeName"},
)

_TABLE: dict[tuple[str, str], FieldLabels] = {
    # (group, kind); versions of a group do not differ in what they accept
    ("", "Pod"): _POD,
    ("", "Node"): FieldLabels({"spec.unschedulable": _at("spec.unschedulable", "false")}, namespace=False),
    ("", "Namespace"): FieldLabels({"status.phase": _at("status.phase")}, namespace=False),
    ("", "Secret"): FieldLabels({"type": _at("type")}),
    ("", "Service"): FieldLabels({"spec.clusterIP": _at("spec.clusterIP"), "spec.type": _at("spec.type")}),
    ("", "ReplicationController"): FieldLabels({"status.replicas": _at("status.replicas", "0")}),
    ("", "Event"): FieldLabels({**_event_fields("involvedObject"), "reportingComponent": _REPORTER, "source": _SOURCE}),
    ("events.k8s.io", "Event"): FieldLabels({**_event_fields("regarding"), "reportingController": _REPORTER}),
    ("batch", "Job"): FieldLabels({"status.successful": _at("status.succeeded", "0")}, refusal=_named),
    ("certificates.k8s.io", "CertificateSigningRequest"): FieldLabels(_SIGNER, namespace=False),
    ("certificates.k8s.io", "ClusterTrustBundle"): FieldLabels(_SIGNER, namespace=False),
    ("certificates.k8s.io", "PodCertificateRequest"): FieldLabels(
        {**_SIGNER, "spec.podName": _at("spec.podName"), "spec.nodeName": _at("spec.nodeName")}, namespace=False
    ),
    ("resource.k8s.io", "ResourceSlice"): _SLICE,
}

_METADATA = FieldLabels({}, refusal=_metadata_only)


def of_kind(kind: GroupVersionKind) -> FieldLabels:
    """What field selectors may name in a built-in kind."""
    return _TABLE.get((kind.group, kind.kind), _METADATA)


def of_custom(json_paths: Iterable[str], *, namespaced: bool) -> FieldLabels:
    """What they may name in a custom resource, whose version declares ``selectableFields`` (``.spec.color``)."""
    names = [path.removeprefix(".") for path in json_paths]
    return FieldLabels({name: _at(name) for name in names}, namespace=namespaced)
