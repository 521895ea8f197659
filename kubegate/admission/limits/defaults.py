"""Default requests and limits of containers, from the Container items of a LimitRange."""

from __future__ import annotations

from typing import Any

from kubegate.api.names import Object, metadata

ANNOTATION = "kubernetes.io/limit-ranger"
_PARTS = (("containers", "container"), ("initContainers", "init container"))


def set_defaults(pod: Object, limit_range: Object) -> None:
    """Fill in what containers leave out, in place, and say so in an annotation."""
    items = [i for i in (limit_range.get("spec") or {}).get("limits") or () if i.get("type") == "Container"]
    requests = _merged(items, "defaultRequest")
    limits = _merged(items, "default")
    if not requests and not limits:
        return
    said = [
        text
        for field, word in _PARTS
        for container in (pod.get("spec") or {}).get(field) or ()
        for text in _fill(container, word, requests, limits)
    ]
    if said:
        meta = metadata(pod)
        annotation = f"LimitRanger plugin set: {'; '.join(said)}"
        meta["annotations"] = {**(meta.get("annotations") or {}), ANNOTATION: annotation}


def _merged(items: list[dict[str, Any]], field: str) -> dict[str, Any]:
    return {name: amount for item in items for name, amount in (item.get(field) or {}).items()}


def _fill(container: dict[str, Any], word: str, requests: dict[str, Any], limits: dict[str, Any]) -> list[str]:
    resources = dict(container.get("resources") or {})
    said = []
    for field, label, wanted in (("requests", "request", requests), ("limits", "limit", limits)):
        present = resources.get(field) or {}
        missing = {name: amount for name, amount in wanted.items() if name not in present}
        if missing:
            resources[field] = {**present, **missing}
            said.append(f"{', '.join(sorted(missing))} {label} for {word} {container.get('name') or ''}")
    container["resources"] = resources
    return said
