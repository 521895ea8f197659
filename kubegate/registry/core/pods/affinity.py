"""Affinity, topology spread and tolerations of pods."""

from __future__ import annotations

from kubegate.api.field_errors import FieldError, duplicate, forbidden, invalid, not_supported, required
from kubegate.api.names import Object
from kubegate.registry.validation.basics import NOT_POSITIVE, check_enum, check_name
from kubegate.registry.validation.names import dns_label_name, label_value, qualified_name
from kubegate.registry.validation.selectors import check_label_selector, check_node_selector, check_node_selector_term

_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
_PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
_NO_SELECTOR = "must not be specified when labelSelector is not set"
_IN_BOTH = "exists in both matchLabelKeys and labelSelector"


def check_affinity(errors: list[FieldError], path: str, affinity: Object | None) -> None:
    """Complain about node and pod affinities."""
    if not affinity:
        return
    if node := affinity.get("nodeAffinity"):
        if node.get(_REQUIRED) is not None:
            check_node_selector(errors, f"{path}.nodeAffinity.{_REQUIRED}", node[_REQUIRED])
        for index, term in enumerate(node.get(_PREFERRED) or ()):
            place = f"{path}.nodeAffinity.{_PREFERRED}[{index}]"
            _check_weight(errors, place, term)
            # A preference that no node can satisfy does no harm, so its values may be anything.
            check_node_selector_term(errors, f"{place}.preference", term.get("preference") or {}, label_values=False)
    for key in ("podAffinity", "podAntiAffinity"):
        pods = affinity.get(key)
        if not pods:
            continue
        for index, term in enumerate(pods.get(_REQUIRED) or ()):
            _check_pod_term(errors, f"{path}.{key}.{_REQUIRED}[{index}]", term)
        for index, term in enumerate(pods.get(_PREFERRED) or ()):
            place = f"{path}.{key}.{_PREFERRED}[{index}]"
            _check_weight(errors, place, term)
            _check_pod_term(errors, f"{place}.podAffinityTerm", term.get("podAffinityTerm") or {})


def _check_weight(errors: list[FieldError], path: str, term: Object) -> None:
    weight = term.get("weight") or 0
    if not 1 <= weight <= 100:
        errors.append(invalid(f"{path}.weight", weight, "must be in the range 1-100"))


def _check_pod_term(errors: list[FieldError], path: str, term: Object) -> None:
    check_label_selector(errors, f"{path}.labelSelector", term.get("labelSelector"))
    check_label_selector(errors, f"{path}.namespaceSelector", term.get("namespaceSelector"))
    for name in term.get("namespaces") or ():
        errors += [invalid(f"{path}.namespace", name, text) for text in dns_label_name(name, False)]
    _check_match_keys(errors, path, term)
    key = term.get("topologyKey") or ""
    if not key:
        errors.append(required(f"{path}.topologyKey", "can not be empty"))
    check_name(errors, f"{path}.topologyKey", key, qualified_name)


def _check_match_keys(errors: list[FieldError], path: str, term: Object) -> None:
    selector = term.get("labelSelector")
    match, mismatch = term.get("matchLabelKeys") or [], term.get("mismatchLabelKeys") or []
    for key, names in (("matchLabelKeys", match), ("mismatchLabelKeys", mismatch)):
        if names and selector is None:
            errors.append(forbidden(f"{path}.{key}", _NO_SELECTOR))
            continue
        for index, name in enumerate(names):
            check_name(errors, f"{path}.{key}[{index}]", name, qualified_name)
    if selector is not None:
        _check_repeated_keys(errors, path, match, selector)
    for index, name in enumerate(match):
        if name in mismatch:
            text = "exists in both matchLabelKeys and mismatchLabelKeys"
            errors.append(invalid(f"{path}.matchLabelKeys[{index}]", name, text))


def _check_repeated_keys(errors: list[FieldError], path: str, match: list[str], selector: Object) -> None:
    # When a pod is made, each key becomes an expression of the selector: it is there twice if the writer named it too.
    seen = set(selector.get("matchLabels") or ())
    for expression in selector.get("matchExpressions") or ():
        key = expression.get("key") or ""
        if key in match and key in seen:
            errors.append(invalid(f"{path}[{match.index(key)}]", key, _IN_BOTH))
        seen.add(key)


def check_spread(errors: list[FieldError], path: str, constraints: list[Object]) -> None:
    """Complain about topology spread constraints."""
    for index, constraint in enumerate(constraints):
        place = f"{path}[{index}]"
        skew, action = constraint.get("maxSkew") or 0, constraint.get("whenUnsatisfiable") or ""
        if skew <= 0:
            errors.append(invalid(f"{place}.maxSkew", skew, NOT_POSITIVE))
        if not constraint.get("topologyKey"):
            errors.append(required(f"{place}.topologyKey", "can not be empty"))
        check_enum(errors, f"{place}.whenUnsatisfiable", action, ("DoNotSchedule", "ScheduleAnyway"))
        pair = (constraint.get("topologyKey") or "", action)
        if any(
            (other.get("topologyKey") or "", other.get("whenUnsatisfiable") or "") == pair
            for other in constraints[index + 1 :]
        ):
            errors.append(duplicate(f"{place}.{{topologyKey, whenUnsatisfiable}}", f"{{{pair[0]}, {pair[1]}}}"))
        _check_min_domains(errors, f"{place}.minDomains", constraint.get("minDomains"), action)
        for key in ("nodeAffinityPolicy", "nodeTaintsPolicy"):
            if constraint.get(key) is not None:
                check_enum(errors, f"{place}.{key}", constraint[key], ("Honor", "Ignore"))
        _check_spread_keys(errors, f"{place}.matchLabelKeys", constraint)
        check_label_selector(errors, f"{place}.labelSelector", constraint.get("labelSelector"))


def _check_min_domains(errors: list[FieldError], path: str, domains: int | None, action: str) -> None:
    if domains is None:
        return
    if domains <= 0:
        errors.append(invalid(path, domains, NOT_POSITIVE))
    if action != "DoNotSchedule":
        text = f"can only use minDomains if whenUnsatisfiable=DoNotSchedule, not {action}"
        errors.append(invalid(path, domains, text))


def _check_spread_keys(errors: list[FieldError], path: str, constraint: Object) -> None:
    keys, selector = constraint.get("matchLabelKeys") or [], constraint.get("labelSelector")
    if not keys:
        return
    if selector is None:
        errors.append(forbidden(path, _NO_SELECTOR))
    for index, key in enumerate(keys):
        check_name(errors, f"{path}[{index}]", key, qualified_name)
    if selector is not None:
        _check_repeated_keys(errors, path, keys, selector)


def check_tolerations(errors: list[FieldError], path: str, tolerations: list[Object]) -> None:
    """Complain about tolerations."""
    for index, toleration in enumerate(tolerations):
        place, key = f"{path}[{index}]", toleration.get("key") or ""
        operator, value, effect = (toleration.get(name) or "" for name in ("operator", "value", "effect"))
        if key:
            check_name(errors, f"{place}.key", key, qualified_name)
        elif operator != "Exists":
            text = 'operator must be Exists when `key` is empty, which means "match all values and all keys"'
            errors.append(invalid(f"{place}.operator", operator, text))
        if toleration.get("tolerationSeconds") is not None and effect != "NoExecute":
            text = "effect must be 'NoExecute' when `tolerationSeconds` is set"
            errors.append(invalid(f"{place}.effect", effect, text))
        if operator in ("", "Equal"):
            if complaints := label_value(value):
                errors.append(invalid(f"{place}.operator", value, ";".join(complaints)))
        elif operator == "Exists":
            if value:
                errors.append(invalid(f"{place}.operator", value, "value must be empty when `operator` is 'Exists'"))
        else:
            errors.append(not_supported(f"{place}.operator", operator, ["Equal", "Exists"]))
        if effect:
            check_enum(errors, f"{place}.effect", effect, EFFECTS)
