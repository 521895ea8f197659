"""One request on its way through admission; `gate` says what it is for.

The order is that of the server: default, mutate, default, escalation check, prepare, validate, judge. Deletions and
connections have no object to prepare; bodies of other kinds (Scale, Eviction ...) have no rules of their own here.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

import jsonpatch
import orjson

from kubegate.admission.chain import AdmissionChain
from kubegate.admission.generated_names import random_suffix
from kubegate.admission.interface import Cluster, Operation, Review, Rule
from kubegate.analysis.admission.judgement import Change, Judgement
from kubegate.analysis.admission.request import Request
from kubegate.api import status as statuses
from kubegate.api.names import Object, metadata, name_of, namespace_of
from kubegate.api.status import Status
from kubegate.api.user import User
from kubegate.authz.interface import Attributes, Authorizer
from kubegate.registry.custom.strategy import CustomRegistry
from kubegate.registry.interface import WriteContext
from kubegate.registry.registry import Registry

MAX_PREFIX = 58
"""So much of generateName is kept."""

Rules: TypeAlias = Registry | CustomRegistry

Guard: TypeAlias = Callable[[Attributes, Object, Object | None], Status | None]
"""Who may write what, beyond authorization (RBAC's escalation check): the request, the new object, the old one."""


def unguarded(attributes: Attributes, obj: Object, old: Object | None) -> Status | None:
    """Whoever is authorized may write it."""
    return None


@dataclass(frozen=True, slots=True)
class Rulebook:
    """What a write is judged by."""

    chain: AdmissionChain
    rules: Rules
    cluster: Cluster
    now: datetime
    guard: Guard = unguarded
    trace: bool = True
    """Record what each plugin changes (costs some time)."""
    suffix: Callable[[], str] = random_suffix
    authorizer: Authorizer | None = None
    """Who may read the params of policies; None: everybody."""
    gates: Mapping[str, bool] = field(default_factory=dict)
    """The feature gates that were set."""


@dataclass(slots=True)
class Write:
    """One request; ``obj`` is decoded (None: it has no body), ``old`` what is there now. `run` fills ``found``."""

    book: Rulebook
    found: Judgement
    request: Request
    obj: Object | None
    old: Object | None
    user: User
    dry_run: bool = False
    rule: Rule | None = None
    """What the refusal comes from, where its plugin knows it."""
    _context: WriteContext = field(init=False)
    _before: bytes = b""

    def __post_init__(self) -> None:
        book, request = self.book, self.request
        self._context = WriteContext(
            user=self.user,
            namespace=request.namespace,
            now=book.now,
            cluster=book.cluster,
            dry_run=self.dry_run,
            subresource=request.subresource,
            authorizer=book.authorizer,
            gates=book.gates,
        )
        self._before = orjson.dumps(self.found.subject) if book.trace else b""

    def run(self) -> Status | None:
        """The refusal, or None."""
        registry = self._registry()
        self._note("decoding")
        self._default(registry)
        review = self._review()
        refusal = self.book.chain.mutate(review, self._tell)
        self._collect(review)
        if refusal is not None:
            return refusal
        self.obj = review.object or self.obj
        self._default(registry)
        if registry is not None and (faults := self._prepare_and_validate(registry)) is not None:
            return faults
        self._note("preparation")
        review = self._review()
        refusal = self.book.chain.validate(review, self._tell)
        self._collect(review)
        return refusal

    def _registry(self) -> Rules | None:
        """The rules of the body's kind, if it is an object's."""
        written = self.request.operation in (Operation.CREATE, Operation.UPDATE)
        return self.book.rules if written and not self.request.own_kind else None

    def _default(self, registry: Rules | None) -> None:
        if registry is not None and self.obj is not None:
            registry.default(self.request.resource.gvr, self.obj)
            self._note("defaulting")

    def _prepare_and_validate(self, registry: Rules) -> Status | None:
        assert self.obj is not None
        gvr, part, kind = self.request.resource.gvr, self.request.subresource, self.request.resource.kind
        if (refused := self.book.guard(self._attributes(), self.obj, self.old)) is not None:
            self.found.refused_by = "escalation"
            return refused
        meta = metadata(self.obj)
        if self.old is None:
            if not meta.get("name") and meta.get("generateName"):
                meta["name"] = meta["generateName"][:MAX_PREFIX] + self.book.suffix()
            meta["uid"] = str(uuid.uuid4())
            registry.prepare_create(gvr, self.obj, self._context)
            errors = registry.validate_create(gvr, self.obj, self._context)
        else:
            meta["resourceVersion"] = metadata(self.old).get("resourceVersion")
            meta.setdefault("uid", metadata(self.old).get("uid"))
            registry.prepare_update(gvr, part, self.obj, self.old, self._context)
            errors = registry.validate_update(gvr, part, self.obj, self.old, self._context)
        self.found.warnings += [*self._context.notices, *registry.warnings(gvr, self.obj, self.old)]
        if not errors:
            return None
        self.found.refused_by = "validation"
        return statuses.invalid(kind.group, kind.kind, name_of(self.obj), errors)

    def _attributes(self) -> Attributes:
        gvr, verb = self.request.resource.gvr, "create" if self.old is None else "update"
        return Attributes(
            user=self.user,
            verb=verb,
            group=gvr.group,
            version=gvr.version,
            resource=gvr.resource,
            subresource=self.request.subresource,
            namespace=self.request.namespace,
            name=self.request.name if self.old is not None else "",
        )

    def _review(self) -> Review:
        request = self.request
        return Review(
            request.operation,
            request.kind,
            request.resource.gvr,
            self.user,
            self._namespace(),
            name_of(self.obj or {}) or request.name,
            request.subresource,
            object=self.obj,
            old_object=self.old,
            options=request.options if request.operation is Operation.DELETE else {},
            dry_run=self.dry_run,
        )

    def _namespace(self) -> str:
        """Of namespaces, their own name."""
        request = self.request
        if request.resource.gvr.qualified == "namespaces":
            return name_of(self.obj or {}) or request.name
        if not request.resource.namespaced:
            return ""
        return namespace_of(self.obj or {}) or request.namespace

    def _tell(self, plugin: str, review: Review, refusal: Status | None) -> None:
        if refusal is not None:
            self.found.refused_by = plugin
        elif self.book.trace and review.object is not None:
            self.obj = review.object
            self._note(plugin)

    def _note(self, who: str) -> None:
        """Remember what changed since the last look."""
        if not self.book.trace or self.obj is None:
            return
        after = orjson.dumps(self.obj)
        if after != self._before:
            patch: list[dict[str, Any]] = jsonpatch.make_patch(orjson.loads(self._before), orjson.loads(after)).patch
            if patch:
                self.found.changes.append(Change(who, patch))
            self._before = after

    def _collect(self, review: Review) -> None:
        self.found.warnings += review.warnings
        self.found.audit |= review.audit
        self.rule = review.rule
