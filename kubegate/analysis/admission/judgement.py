"""What is said about one object."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from kubegate.api.names import Object, kind_of, name_of, namespace_of
from kubegate.api.status import Status
from kubegate.errors import Location


@dataclass(frozen=True, slots=True)
class Change:
    """What a plugin (or defaulting) changed: a JSON patch (RFC 6902)."""

    plugin: str
    patch: list[dict[str, Any]]


@dataclass(slots=True)
class Judgement:
    """The verdict on one write.

    ``refusal`` is None if it is admitted; ``refused_by`` names the plugin, or ``decoding`` or ``validation``.
    ``decided_by`` says which object of the state decided, and where it stands. ``pods`` are the judgements of the pods
    that the object would make.
    """

    subject: Object
    operation: str
    location: Location | None = None
    result: Object | None = None
    refusal: Status | None = None
    refused_by: str = ""
    decided_by: str = ""
    decided_at: Location | None = None
    warnings: list[str] = field(default_factory=list)
    audit: dict[str, str] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    pods: list[Judgement] = field(default_factory=list)

    @property
    def admitted(self) -> bool:
        """True if the object, and every pod that it would make, is admitted."""
        return self.refusal is None and all(pod.admitted for pod in self.pods)

    @property
    def title(self) -> str:
        """``Deployment.apps web/front``."""
        kind = kind_of(self.subject)
        named = f"{kind.kind}.{kind.group}" if kind.group else kind.kind
        meta = self.subject.get("metadata") or {}
        name = name_of(self.subject) or f"{meta.get('generateName') or ''}*"
        namespace = namespace_of(self.subject)
        return f"{named} {namespace}/{name}" if namespace else f"{named} {name}"

    @property
    def decider(self) -> str:
        """What refused it: ``PodSecurity: Namespace shop``, ``ValidatingAdmissionPolicy: ValidatingAdmissionPolicy labels
        spec.validations[0]``, ``validation``; of a workload whose pods are refused, what refused those. "" if admitted."""
        if self.refusal is None:
            return next((pod.decider for pod in self.pods if pod.refusal is not None), "")
        path = self.decided_at.path if self.decided_at else ""
        return f"{self.refused_by}: {self.decided_by} {path}".rstrip() if self.decided_by else self.refused_by

    def to_object(self) -> dict[str, Any]:
        """The judgement for machines."""
        found: dict[str, Any] = {
            "object": self.title,
            "operation": self.operation,
            "location": str(self.location) if self.location else "",
            "admitted": self.admitted,
            "refusal": self.refusal.to_object() if self.refusal else None,
            "refusedBy": self.refused_by,
            "decidedBy": self.decided_by,
            "decidedAt": str(self.decided_at) if self.decided_at else "",
            "warnings": self.warnings,
            "auditAnnotations": self.audit,
            "changes": [{"plugin": change.plugin, "patch": change.patch} for change in self.changes],
            "result": self.result,
            "pods": [pod.to_object() for pod in self.pods],
        }
        return {key: value for key, value in found.items() if value not in ("", None, [], {})}
