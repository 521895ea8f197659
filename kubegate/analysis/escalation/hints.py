"""What admission policies ask of pods, read off their text: labels, annotations, registries.

These are guesses of what would be admitted, no more: whether it is, the engine says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from kubegate.analysis.escalation.powers import ADMISSION
from kubegate.api.names import Object, name_of
from kubegate.bundle.state import ClusterState

MOST_IMAGES = 6
_TEXT = r"""['"]([^'"]+)['"]"""
_NAMED = re.compile(rf"(labels|annotations)(?:\.orValue\(\{{\}}\))?(?:\[\s*\??\s*{_TEXT}\s*\]|\.\??([A-Za-z_]\w*))")
_PRESENT = re.compile(rf"{_TEXT}\s+in\s+[\w.?]*?(labels|annotations)\b")
_VALUE = re.compile(rf"^[^&|;]{{0,30}}?(?:==|\bin)\s*\[?\s*{_TEXT}")
_LITERAL = re.compile(_TEXT)
_IMAGE = re.compile(r"[a-z0-9][a-z0-9._-]*(?::[0-9]+)?(?:/[a-z0-9._/-]*)?(?::[\w.-]+)?")
_FUNCTIONS = ("orValue", "exists", "all", "filter", "map", "size", "hasValue")
MIRROR = "kubernetes.io/config.mirror"
"""Annotation of the copies of pods that a kubelet has from a file; it runs no pod because of such a copy."""
_POLICIES = ("ValidatingAdmissionPolicy", "MutatingAdmissionPolicy")
_BINDINGS = ("ValidatingAdmissionPolicyBinding", "MutatingAdmissionPolicyBinding")


@dataclass(frozen=True, slots=True)
class Hint:
    """Metadata and an image ("": any) that policies may want of a pod."""

    labels: dict[str, str]
    annotations: dict[str, str]
    image: str = ""


def hints(state: ClusterState) -> list[Hint]:
    """One for each registry that policies speak of; none if they speak of nothing."""
    found: dict[str, dict[str, str]] = {"labels": {}, "annotations": {}}
    images: dict[str, None] = {}
    policies = [*state.of_kind(ADMISSION, *_POLICIES), *state.of_kind(ADMISSION, *_BINDINGS)]
    for policy in policies:
        for text in _texts(policy.get("spec")):
            for kind, key, value in _metadata(text):
                found[kind].setdefault(key, value)
            literals = _LITERAL.findall(text) if "image" in text else ()
            images |= dict.fromkeys(image for literal in literals for image in _images(literal))
        found["labels"] |= {key: value for key, value in _exempt(policy) if key not in found["labels"]}
        images |= dict.fromkeys(image for text in _params(policy, state) for image in _images(text))
    if not images and not any(found.values()):
        return []
    return [Hint(found["labels"], found["annotations"], image) for image in ["", *images][: MOST_IMAGES + 1]]


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _texts(inner)


def _metadata(text: str) -> Iterator[tuple[str, str, str]]:
    """(labels or annotations, key, a value that is compared with it)."""
    for match in _NAMED.finditer(text):
        key = match[2] or match[3]
        if key not in _FUNCTIONS:
            wanted = _VALUE.match(text[match.end() :])
            yield match[1], key, wanted[1] if wanted else "escalation"
    for match in _PRESENT.finditer(text):
        if match[1] != MIRROR:
            yield match[2], match[1], "escalation"


def _exempt(policy: Object) -> Iterator[tuple[str, str]]:
    """Labels with which a policy leaves an object alone."""
    spec = policy.get("spec") or {}
    for constraints in (spec.get("matchConstraints"), spec.get("matchResources")):
        selector = (constraints or {}).get("objectSelector") or {}
        for row in selector.get("matchExpressions") or ():
            if row.get("operator") in ("NotIn", "DoesNotExist"):
                yield str(row.get("key")), str(next(iter(row.get("values") or ()), "escalation"))


def _params(policy: Object, state: ClusterState) -> Iterator[str]:
    name = ((policy.get("spec") or {}).get("paramRef") or {}).get("name")
    for obj in state if name else ():
        if name_of(obj) == name:
            yield from (text for key in ("data", "spec") for text in _texts(obj.get(key)))


def _images(text: str) -> Iterator[str]:
    for word in re.split(r"[\s,;]+", text):
        plain = word.strip("/^$*").replace("\\", "")
        if _IMAGE.fullmatch(plain) and ("." in plain or "/" in plain):
            last = plain.rpartition("/")[2]
            yield plain if "/" in plain and ":" in last else f"{plain}/escalation:1.0.0"
