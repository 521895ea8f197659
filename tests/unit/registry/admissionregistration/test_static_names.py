"""Names that belong to manifest files."""

from __future__ import annotations

from kubegate.api.names import GroupVersionResource
from kubegate.registry.catalog import build_registry
from kubegate.registry.interface import WriteContext

BINDING = {
    "apiVersion": "admissionregistration.k8s.io/v1",
    "kind": "ValidatingAdmissionPolicyBinding",
    "metadata": {"name": "b.static.k8s.io"},
    "spec": {"policyName": "p", "validationActions": ["Deny"]},
}
RESOURCE = GroupVersionResource("admissionregistration.k8s.io", "v1", "validatingadmissionpolicybindings")
WHY = (
    'names ending with ".static.k8s.io" are reserved for static manifest-based configurations '
    "and cannot be managed via the API"
)


def test_a_reserved_name_is_warned_about_on_create() -> None:
    registry = build_registry()
    assert registry.validate_create(RESOURCE, BINDING, WriteContext()) == []
    assert registry.warnings(RESOURCE, BINDING, None) == [f"metadata.name: {WHY}"]
    assert registry.warnings(RESOURCE, BINDING, BINDING) == []


def test_a_reserved_name_is_refused_where_manifests_are_in_use() -> None:
    context = WriteContext(gates={"ManifestBasedAdmissionControlConfig": True})
    errors = build_registry().validate_create(RESOURCE, BINDING, context)
    assert [str(error) for error in errors] == [f'metadata.name: Invalid value: "b.static.k8s.io": {WHY}']
