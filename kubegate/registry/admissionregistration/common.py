"""What validating and mutating policies and their bindings have in common."""

from __future__ import annotations

from kubegate.api.field_errors import FieldError, forbidden, invalid, required
from kubegate.api.names import Object
from kubegate.registry.admissionregistration.rules import check_choice, check_match_resources
from kubegate.registry.validation.names import dns1035_label, dns1123_subdomain, dns_subdomain_name, path_segment_name
from kubegate.registry.validation.selectors import check_label_selector

FAILURE_POLICIES = ("Fail", "Ignore")


def spec_of(obj: Object) -> Object:
    """The spec, made if absent."""
    found = obj.get("spec")
    if not isinstance(found, dict):
        found = obj["spec"] = {}
    return found


def check_param_kind(errors: list[FieldError], path: str, kind: Object | None) -> None:
    """Complain about a ``paramKind``, which may be absent."""
    if kind is None:
        return
    api_version, name = str(kind.get("apiVersion") or ""), str(kind.get("kind") or "")
    if not api_version:
        errors.append(required(f"{path}.apiVersion"))
    elif api_version.count("/") > 1:
        errors.append(invalid(f"{path}.apiVersion", api_version, f"unexpected GroupVersion string: {api_version}"))
    else:
        _check_group_version(errors, f"{path}.apiVersion", api_version)
    if not name:
        errors.append(required(f"{path}.kind"))
    elif faults := dns1035_label(name.lower()):
        words = f"may have mixed case, but should otherwise match: {','.join(faults)}"
        errors.append(invalid(f"{path}.kind", name, words))


def _check_group_version(errors: list[FieldError], path: str, text: str) -> None:
    group, _, version = text.rpartition("/")
    if group and (faults := dns1123_subdomain(group)):
        errors.append(invalid(path, group, ",".join(faults)))
    if not version:
        errors.append(invalid(path, text, "version must be specified"))
    elif faults := dns1035_label(version):
        errors.append(invalid(path, version, ",".join(faults)))


def check_match_constraints(errors: list[FieldError], path: str, constraints: Object | None) -> None:
    """Complain about ``matchConstraints``, which must be there and name resources."""
    if constraints is None:
        errors.append(required(path))
        return
    check_match_resources(errors, path, constraints)
    if not constraints.get("resourceRules"):
        errors.append(required(f"{path}.resourceRules"))


def check_binding(errors: list[FieldError], spec: Object) -> None:
    """Complain about what all bindings have: policy, params, resources."""
    name = str(spec.get("policyName") or "")
    if not name:
        errors.append(required("spec.policyName"))
    else:
        errors += [invalid("spec.policyName", name, text) for text in dns_subdomain_name(name)]
    _check_param_ref(errors, "spec.paramRef", spec.get("paramRef"))
    check_match_resources(errors, "spec.matchResources", spec.get("matchResources"))


def _check_param_ref(errors: list[FieldError], path: str, reference: Object | None) -> None:
    if reference is None:
        return
    name, selector = str(reference.get("name") or ""), reference.get("selector")
    both = bool(name) and selector is not None
    if name:
        errors += [invalid(f"{path}.name", name, text) for text in path_segment_name(name)]
    if both:
        errors.append(forbidden(f"{path}.name", "name and selector are mutually exclusive"))
    if selector is not None:
        check_label_selector(errors, f"{path}.selector", selector)
    if both:
        errors.append(forbidden(f"{path}.selector", "name and selector are mutually exclusive"))
    if not name and selector is None:
        errors.append(required(path, "one of name or selector must be specified"))
    action = reference.get("parameterNotFoundAction") or None
    check_choice(errors, f"{path}.parameterNotFoundAction", action, ("Deny", "Allow"), must=True)
