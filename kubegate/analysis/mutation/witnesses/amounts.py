"""Objects that a quota or a limit range and a mutant of it may judge differently: amounts on both sides of each bound."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from kubegate.analysis.mutation.operators.edit import value_at
from kubegate.analysis.mutation.witnesses.specimens import claim, minimal, pod
from kubegate.api.names import Object, namespace_of

_NUMBER = re.compile(r"[0-9]*\.?[0-9]+")
_MOST = 20
"""So many objects are made at most to use up a quota."""
_KINDS = {
    "pods": ("v1", "Pod"),
    "services": ("v1", "Service"),
    "secrets": ("v1", "Secret"),
    "configmaps": ("v1", "ConfigMap"),
    "persistentvolumeclaims": ("v1", "PersistentVolumeClaim"),
    "deployments.apps": ("apps/v1", "Deployment"),
}


class Specimen(NamedTuple):
    """An object to try, and those that are there before."""

    object: Object
    given: tuple[Object, ...] = ()


def quota_specimens(quota: Object) -> Iterator[Specimen]:
    """Of a ResourceQuota: for each amount something that exceeds it by half, or the objects that use it up."""
    namespace, hard = namespace_of(quota), value_at(quota, ("spec", "hard")) or {}
    needed = {name: _small(name) for name in hard if _compute(name)}
    for name, amount in hard.items():
        counted = name.removeprefix("count/")
        if name == "requests.storage":
            yield Specimen(claim(namespace, times(amount, 1.5)))
        elif _compute(name):
            yield Specimen(pod(namespace, _resources(needed | {name: times(amount, 1.5)})))
        elif counted in _KINDS and str(amount).isdigit() and int(amount) <= _MOST:
            one = _counted(counted, namespace, needed)
            yield Specimen(one, tuple(_named(one, f"example-{number}") for number in range(int(amount))))


def limit_specimens(limits: Object) -> Iterator[Specimen]:
    """Of a LimitRange: for each bound something on each side of it, and something that gets the defaults."""
    namespace = namespace_of(limits)
    yield Specimen(pod(namespace))
    for item in value_at(limits, ("spec", "limits")) or []:
        for field in ("max", "min", "default", "defaultRequest", "maxLimitRequestRatio"):
            for name, amount in (item.get(field) or {}).items():
                for factor in (1.5, 0.5):
                    yield _bounded(item, namespace, name, times(amount, factor), field)


def _bounded(item: Object, namespace: str, name: str, amount: str, field: str) -> Specimen:
    if item.get("type") == "PersistentVolumeClaim":
        return Specimen(claim(namespace, amount))
    if field == "maxLimitRequestRatio":
        unit = _small(name)
        return Specimen(pod(namespace, {"limits": {name: times(unit, float(amount))}, "requests": {name: unit}}))
    return Specimen(pod(namespace, {"limits": {name: amount}, "requests": {name: amount}}))


def _compute(name: str) -> bool:
    return name.removeprefix("requests.").removeprefix("limits.") in ("cpu", "memory", "ephemeral-storage")


def _small(name: str) -> str:
    return "1m" if name.endswith("cpu") else "1Mi"


def _resources(amounts: dict[str, str]) -> dict[str, Any]:
    """``requests.cpu`` and ``cpu`` are requests; a request that is not small has a limit of the same size, too."""
    found: dict[str, Any] = {"requests": {}, "limits": {}}
    for name, amount in amounts.items():
        part, _, resource = name.rpartition(".")
        found[part or "requests"][resource] = amount
        if part != "limits" and amount != _small(resource):
            found["limits"][resource] = amount
    return {part: values for part, values in found.items() if values}


def _counted(resource: str, namespace: str, needed: dict[str, str]) -> Object:
    if resource == "pods":
        return pod(namespace, _resources(needed) if needed else None)
    if resource == "persistentvolumeclaims":
        return claim(namespace, "1Mi")
    made = minimal(*_KINDS[resource], namespace)
    return made | ({"spec": {"ports": [{"port": 80}]}} if resource == "services" else {})


def _named(obj: Object, name: str) -> Object:
    return {**obj, "metadata": {**obj["metadata"], "name": name}}


def times(amount: object, factor: float) -> str:
    """``1Gi`` times 1.5 is ``1536Mi`` in other words: thousandths of the same unit, rounded down to what can be written."""
    match = _NUMBER.match(str(amount))
    if match is None:
        return str(amount)
    value, unit = float(match[0]) * factor, str(amount)[match.end() :]
    if value.is_integer():
        return f"{int(value)}{unit}"
    if unit == "m":
        return f"{max(1, int(value))}m"
    return f"{int(value * 1000)}m" if not unit else f"{value:g}{unit}"
