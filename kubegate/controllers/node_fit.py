"""May a pod run on a node? Node selectors, affinity, taints and tolerations, as the DaemonSet controller asks.

Source: component-helpers ``scheduling/corev1``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from kubegate.api.names import Object, labels_of, name_of


def affinity_fits(spec: Object, node: Object) -> bool:
    """Do ``nodeSelector`` and the required node affinity of a pod's spec allow the node?"""
    labels = labels_of(node)
    if any(labels.get(key) != value for key, value in (spec.get("nodeSelector") or {}).items()):
        return False
    affinity = (spec.get("affinity") or {}).get("nodeAffinity") or {}
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution")
    if required is None:
        return True
    return any(_term_fits(term, labels, name_of(node)) for term in required.get("nodeSelectorTerms") or ())


def _term_fits(term: Object, labels: Mapping[str, str], name: str) -> bool:
    expressions, fields = term.get("matchExpressions") or (), term.get("matchFields") or ()
    if not expressions and not fields:
        return False
    fits = all(_requirement_fits(part, labels) for part in expressions)
    return fits and all(_requirement_fits(part, {"metadata.name": name}) for part in fields)


def _requirement_fits(part: Object, labels: Mapping[str, str]) -> bool:
    value, values, operator = labels.get(part["key"]), part.get("values") or [], part["operator"]
    if operator == "In":
        return bool(value in values)
    if operator == "NotIn":
        return bool(value not in values)
    if operator in ("Exists", "DoesNotExist"):
        return bool((value is not None) == (operator == "Exists"))
    try:
        number, bound = int(value or ""), int(values[0])
    except (ValueError, IndexError):
        return False
    return bool(number > bound if operator == "Gt" else number < bound)


def untolerated(taints: Iterable[Object], tolerations: Iterable[Object], effects: Iterable[str]) -> bool:
    """Is there a taint with one of these effects that is not tolerated?"""
    held, wanted = list(tolerations), set(effects)
    return any(t["effect"] in wanted and not any(tolerates(part, t) for part in held) for t in taints)


def tolerates(toleration: Mapping[str, Any], taint: Mapping[str, Any]) -> bool:
    """Does a toleration put up with a taint?"""
    if toleration.get("effect") and toleration["effect"] != taint["effect"]:
        return False
    if toleration.get("key") and toleration["key"] != taint["key"]:
        return False
    operator = toleration.get("operator") or "Equal"
    if operator == "Exists":
        return True
    return bool(operator == "Equal" and (toleration.get("value") or "") == (taint.get("value") or ""))
