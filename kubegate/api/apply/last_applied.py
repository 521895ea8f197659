"""The step from client-side to server-side ``kubectl apply``: the annotation in which kubectl kept what it applied last.

Source: apimachinery ``util/managedfields/internal`` (lastappliedmanager, lastappliedupdater).
"""

from __future__ import annotations

import json
from typing import Any

from kubegate.api.apply.compare import field_set
from kubegate.api.apply.elements import BadItem
from kubegate.api.apply.field_set import Path
from kubegate.api.apply.shape import Shape
from kubegate.api.names import Object, annotations_of, metadata

ANNOTATION = "kubectl.kubernetes.io/last-applied-configuration"
_LIMIT = 256 * 1024


def allowed_conflicts(live: Object, shape: Shape) -> set[Path]:
    """The fields that kubectl applied last from the client side, and whose value still is what it applied."""
    text = annotations_of(live).get(ANNOTATION)
    if not text:
        return set()
    try:
        last = json.loads(text)
        return {path for path in field_set(shape, last).paths() if _at(last, path) == _at(live, path)}
    except (ValueError, BadItem):
        return set()


def _at(value: Any, path: Path) -> Any:
    for element in path:
        kind, text = element[:2], element[2:]
        if kind == "f:" and isinstance(value, dict):
            value = value.get(text)
        elif kind == "k:" and isinstance(value, list):
            keys = json.loads(text)
            value = next((item for item in value if isinstance(item, dict) and _has(item, keys)), None)
        elif kind == "v:" and isinstance(value, list):
            wanted = json.loads(text)
            value = wanted if wanted in value else None
        else:
            return None
    return value


def _has(item: dict[str, Any], keys: dict[str, Any]) -> bool:
    return all(item.get(key, value if key == "protocol" else None) == value for key, value in keys.items())


def sync_last_applied(live: Object, new: Object, config: Object) -> None:
    """Keep the annotation up to date for client-side users, if the live object has it."""
    if ANNOTATION not in annotations_of(live):
        return
    meta = {key: value for key, value in (config.get("metadata") or {}).items() if key != "managedFields"}
    annotations = {key: value for key, value in (meta.get("annotations") or {}).items() if key != ANNOTATION}
    shown = {**config, "metadata": {**meta, "annotations": annotations} if annotations or "annotations" in meta else meta}
    text = json.dumps(shown, separators=(",", ":"), sort_keys=True, ensure_ascii=False) + "\n"
    target = metadata(new).setdefault("annotations", {})
    if len(text) > _LIMIT:
        target.pop(ANNOTATION, None)
    else:
        target[ANNOTATION] = text
