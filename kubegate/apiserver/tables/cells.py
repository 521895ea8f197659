"""What the cells of tables are made with: ages, selectors, lists cut short.

Source: apimachinery ``pkg/util/duration`` and ``pkg/printers/internalversion``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from kubegate.api.names import Object

Cells = list[Any]
Printer = Callable[[Object, datetime], Cells]
NONE, UNKNOWN, UNSET = "<none>", "<unknown>", "<unset>"
_MINUTE, _HOUR, _DAY, _YEAR = 60, 3600, 86400, 86400 * 365


def name_of(obj: Object) -> str:
    """``metadata.name``."""
    return str(obj["metadata"].get("name") or "")


def age(obj: Object, now: datetime) -> str:
    """How long ago the object was created."""
    return since(obj["metadata"].get("creationTimestamp"), now)


def parse_time(text: Any) -> datetime | None:
    """A ``metav1.Time`` or ``MicroTime``; None if absent."""
    if not text:
        return None
    moment = datetime.fromisoformat(str(text).replace("Z", "+00:00"))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def since(text: Any, now: datetime) -> str:
    """How long ago a time was, or ``<unknown>``."""
    moment = parse_time(text)
    return UNKNOWN if moment is None else human((now - moment).total_seconds())


def human(duration: float) -> str:
    """Seconds in few characters: ``3s``, ``2m5s``, ``36h``, ``5d3h``, ``2y10d``."""
    seconds = int(duration)
    if seconds < -1:
        return "<invalid>"
    if seconds < 0:
        return "0s"
    if seconds < 2 * _MINUTE:
        return f"{seconds}s"
    minutes = seconds // _MINUTE
    if minutes < 10:
        return _two(minutes, "m", seconds % _MINUTE, "s")
    if minutes < 180:
        return f"{minutes}m"
    hours = seconds // _HOUR
    if hours < 8:
        return _two(hours, "h", minutes % 60, "m")
    if hours < 48:
        return f"{hours}h"
    if hours < 24 * 8:
        return _two(hours // 24, "d", hours % 24, "h")
    if hours < 24 * 365 * 2:
        return f"{hours // 24}d"
    if hours < 24 * 365 * 8:
        return _two(hours // 24 // 365, "y", (hours // 24) % 365, "d")
    return f"{hours // 24 // 365}y"


def _two(large: int, large_unit: str, small: int, small_unit: str) -> str:
    return f"{large}{large_unit}{small}{small_unit}" if small else f"{large}{large_unit}"


def labels_text(labels: Mapping[str, str] | None) -> str:
    """``a=b,c=d`` or ``<none>``."""
    return ",".join(f"{key}={value}" for key, value in sorted((labels or {}).items())) or NONE


def selector_text(selector: Mapping[str, Any] | None) -> str:
    """A LabelSelector object in one line (``metav1.FormatLabelSelector``)."""
    from_labels = {key: f"{key}={value}" for key, value in ((selector or {}).get("matchLabels") or {}).items()}
    parts = list(from_labels.items())
    for requirement in (selector or {}).get("matchExpressions") or ():
        parts.append((requirement["key"], _expression(requirement)))
    return ",".join(text for _, text in sorted(parts, key=lambda part: part[0])) or NONE


def _expression(requirement: Mapping[str, Any]) -> str:
    key, values = requirement["key"], ",".join(sorted(requirement.get("values") or ()))
    texts: dict[str, str] = {
        "In": f"{key} in ({values})",
        "NotIn": f"{key} notin ({values})",
        "Exists": key,
        "DoesNotExist": f"!{key}",
    }
    return texts[requirement["operator"]]


def go_text(selector: Mapping[str, Any]) -> str:
    """A LabelSelector object as Go prints the message."""
    labels = "".join(f"{key}: {value}," for key, value in sorted((selector.get("matchLabels") or {}).items()))
    requirements = "".join(
        f"LabelSelectorRequirement{{Key:{found.get('key', '')},Operator:{found.get('operator', '')},"
        f"Values:[{' '.join(found.get('values') or ())}],}},"
        for found in selector.get("matchExpressions") or ()
    )
    expressions = f"[]LabelSelectorRequirement{{{requirements}}}"
    return f"&LabelSelector{{MatchLabels:map[string]string{{{labels}}},MatchExpressions:{expressions},}}"


def containers(spec: Mapping[str, Any]) -> list[str]:
    """[names, images] of a pod spec's containers, comma-separated."""
    found = spec.get("containers") or ()
    return [",".join(c.get("name", "") for c in found), ",".join(c.get("image", "") for c in found)]


def template_containers(obj: Object) -> list[str]:
    """The same for a workload's template."""
    return containers(((obj.get("spec") or {}).get("template") or {}).get("spec") or {})


def joined(items: Iterable[str], limit: int, word: str = "more...") -> str:
    """Items comma-separated; above ``limit`` the rest is counted: ``a,b + 3 more...``."""
    found = list(items)
    if len(found) <= limit:
        return ",".join(found)
    return f"{','.join(found[:limit])} + {len(found) - limit} {word}"


def boolean(value: Any) -> str:
    """``True`` or ``False``."""
    return "True" if value else "False"
