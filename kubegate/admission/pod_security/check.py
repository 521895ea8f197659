"""What a check is: a level, an id, and the function that judges a pod for each range of releases."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

from kubegate.admission.pod_security.levels import Level
from kubegate.admission.pods import containers

Metadata: TypeAlias = dict[str, Any]
Spec: TypeAlias = dict[str, Any]


class Violation(NamedTuple):
    """Why a check refuses: ``reason`` is short and always shown, ``detail`` names fields and containers."""

    reason: str
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.reason} ({self.detail})" if self.detail else self.reason


Judge: TypeAlias = Callable[[Metadata, Spec], Violation | None]


@dataclass(frozen=True, slots=True)
class Check:
    """``versions`` are (first minor release, judge), ascending. ``overrides``: baseline checks that say the same less
    strictly and are left out where this one applies."""

    id: str
    level: Level
    versions: tuple[tuple[int, Judge], ...]
    overrides: tuple[str, ...] = ()

    def judge(self, minor: int) -> Judge | None:
        """The judge of a release, or None if the release does not know the check."""
        found = None
        for first, judge in self.versions:
            if first <= minor:
                found = judge
        return found


def security_contexts(spec: Spec) -> Iterator[tuple[str, dict[str, Any]]]:
    """(container name, its securityContext or {}) of all containers, in the order of the messages."""
    for container in containers(spec):
        yield container.get("name") or "", container.get("securityContext") or {}


def pod_context(spec: Spec) -> dict[str, Any]:
    """The pod's securityContext or {}."""
    return spec.get("securityContext") or {}


def quoted(texts: Iterable[str]) -> str:
    """``"a", "b"``; quotes inside are left alone, as the real messages do."""
    items = list(texts)
    return '"' + '", "'.join(items) + '"' if items else ""


def plural(singular: str, count: int) -> str:
    """The word with an s unless there is one."""
    return singular if count == 1 else singular + "s"


def named_containers(names: list[str]) -> str:
    """``container "a"`` or ``containers "a", "b"``."""
    return f"{plural('container', len(names))} {quoted(names)}"


def setters(pod_is_bad: bool, names: list[str]) -> str:
    """Who sets a bad value: ``pod and container "a"``."""
    return " and ".join((["pod"] if pod_is_bad else []) + ([named_containers(names)] if names else []))


def in_user_namespace(spec: Spec) -> bool:
    """True if the pod runs in a user namespace of its own, which relaxes some checks from v1.35 on (KEP-127)."""
    return spec.get("hostUsers") is False


def on_windows(spec: Spec) -> bool:
    """True if the pod declares Windows as its system; some checks make no sense there (from v1.25 on)."""
    return (spec.get("os") or {}).get("name") == "windows"


def unless(exempt: Callable[[Spec], bool], judge: Judge) -> Judge:
    """The judge, silent for exempt pods."""

    def relaxed(metadata: Metadata, spec: Spec) -> Violation | None:
        return None if exempt(spec) else judge(metadata, spec)

    return relaxed
