"""The whole way of a write through admission, without HTTP: decode, default, mutate, default, validate, judge.

The order is that of the server, so that the same refusal comes first. What is admitted becomes part of the state, so that
the next object sees it.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

import jsonpatch
import orjson

from kubegate.admission.chain import AdmissionChain
from kubegate.admission.generated_names import random_suffix
from kubegate.admission.interface import Operation, Review
from kubegate.admission.memory import MemoryCluster
from kubegate.analysis.admission import children
from kubegate.analysis.admission.deciders import deciding_objects
from kubegate.analysis.admission.judgement import Change, Judgement
from kubegate.api import status as statuses
from kubegate.api.catalog import Catalog, Resource
from kubegate.api.names import Object, kind_of, metadata, name_of, namespace_of
from kubegate.api.status import Status, StatusError
from kubegate.api.user import User
from kubegate.bundle.state import ClusterState
from kubegate.errors import InvalidInput
from kubegate.registry.custom.definition import RESOURCE as DEFINITIONS
from kubegate.registry.custom.strategy import CustomRegistry
from kubegate.registry.interface import WriteContext
from kubegate.registry.registry import Registry

MAX_PREFIX = 58
"""So much of generateName is kept."""

Rules: TypeAlias = Registry | CustomRegistry

Decode = Callable[[Resource, Object], tuple[Object, list[str]]]
"""An object as the server decodes it, and its warnings; raises `StatusError`."""


@dataclass(slots=True)
class Gate:
    """Judges objects one after the other against ``cluster``. ``state`` knows where the manifests stand.

    ``define`` is told of the definitions of custom kinds that are admitted."""

    chain: AdmissionChain
    rules: Callable[[Resource], Rules]
    catalog: Callable[[], Catalog]
    cluster: MemoryCluster
    state: ClusterState
    decode: Decode
    now: Callable[[], datetime]
    define: Callable[[Object], None]
    trace: bool = True
    """Record what each plugin changes (costs some time)."""
    suffix: Callable[[], str] = random_suffix
    """Ends the names that are made from generateName."""

    def judge(self, obj: Object, user: User, *, with_pods: bool = True) -> Judgement:
        """The verdict; raises `InvalidInput` for a kind that the API has not."""
        resource = self.catalog().by_kind(kind_of(obj))
        if resource is None:
            raise InvalidInput(
                f"the API has no kind {kind_of(obj)}",
                location=self.state.locate(obj),
                hint="custom kinds need their CustomResourceDefinition, among the manifests or earlier among the objects",
            )
        found = Judgement(obj, Operation.CREATE.value, self.state.locate(obj))
        try:
            decoded, found.warnings = self.decode(resource, obj)
        except StatusError as error:
            found.refusal, found.refused_by = error.status, "decoding"
            return found
        if not resource.namespaced:
            metadata(decoded).pop("namespace", None)
        self._admit(found, resource, decoded, user)
        pod = children.pod_of(resource.gvr.qualified, found.result or {}) if with_pods and found.admitted else None
        if pod is not None:
            found.pods = [self._judge_pod(pod, children.creator_of(resource.gvr.qualified))]
        if found.refusal is None and found.result is not None:
            self.cluster.put(resource.key, self.rules(resource).to_storage(resource.gvr, copy.deepcopy(found.result)))
            if resource.gvr.qualified == DEFINITIONS:
                self.define(found.result)
        return found

    def _judge_pod(self, pod: Object, user: User) -> Judgement:
        resource = self.catalog().by_kind(kind_of(pod))
        found = Judgement(copy.deepcopy(pod), Operation.CREATE.value)
        if resource is not None:
            self._admit(found, resource, pod, user, dry_run=True)
        return found

    def _admit(self, found: Judgement, resource: Resource, obj: Object, user: User, *, dry_run: bool = False) -> None:
        old = self.cluster.get(resource.key, namespace_of(obj), name_of(obj))
        old = self.rules(resource).from_storage(resource.gvr, old) if old is not None else None
        found.operation = (Operation.CREATE if old is None else Operation.UPDATE).value
        write = _Write(self, found, resource, obj, old, user, dry_run)
        found.refusal = write.run()
        found.result = None if found.refusal else write.obj
        if found.refusal is not None and found.refused_by:
            self._blame(found, namespace_of(obj))

    def _blame(self, found: Judgement, namespace: str) -> None:
        message = found.refusal.message if found.refusal else ""
        for obj, path in deciding_objects(found.refused_by, message, namespace, found.subject, self.state):
            found.decided_by = f"{kind_of(obj).kind} {name_of(obj)}"
            found.decided_at = self.state.locate(obj, path)
            return


class _Write:
    """One write on its way."""

    def __init__(
        self, gate: Gate, found: Judgement, resource: Resource, obj: Object, old: Object | None, user: User, dry_run: bool
    ) -> None:
        self.gate, self.found, self.resource, self.obj, self.old = gate, found, resource, obj, old
        self.context = WriteContext(
            user=user, namespace=namespace_of(obj), now=gate.now(), cluster=gate.cluster, dry_run=dry_run
        )
        self.before = orjson.dumps(found.subject) if gate.trace else b""

    def run(self) -> Status | None:
        """The refusal, or None."""
        chain, registry, gvr = self.gate.chain, self.gate.rules(self.resource), self.resource.gvr
        self._note("decoding")
        registry.default(gvr, self.obj)
        self._note("defaulting")
        review = self._review()
        refusal = chain.mutate(review, self._tell)
        self._collect(review)
        if refusal is not None:
            return refusal
        self.obj = review.object or self.obj
        registry.default(gvr, self.obj)
        self._note("defaulting")
        faults = self._prepare_and_validate()
        self._note("preparation")
        if faults is not None:
            self.found.refused_by = "validation"
            return faults
        review = self._review()
        refusal = chain.validate(review, self._tell)
        self._collect(review)
        return refusal

    def _prepare_and_validate(self) -> Status | None:
        registry, gvr = self.gate.rules(self.resource), self.resource.gvr
        meta = metadata(self.obj)
        if self.old is None:
            if not meta.get("name") and meta.get("generateName"):
                meta["name"] = meta["generateName"][:MAX_PREFIX] + self.gate.suffix()
            registry.prepare_create(gvr, self.obj, self.context)
            errors = registry.validate_create(gvr, self.obj, self.context)
        else:
            meta["resourceVersion"] = metadata(self.old).get("resourceVersion")
            meta.setdefault("uid", metadata(self.old).get("uid"))
            registry.prepare_update(gvr, "", self.obj, self.old, self.context)
            errors = registry.validate_update(gvr, "", self.obj, self.old, self.context)
        self.found.warnings += [*self.context.notices, *registry.warnings(gvr, self.obj, self.old)]
        kind = self.resource.kind
        return statuses.invalid(kind.group, kind.kind, name_of(self.obj), errors) if errors else None

    def _review(self) -> Review:
        return Review(
            Operation(self.found.operation),
            self.resource.kind,
            self.resource.gvr,
            self.context.user,
            namespace_of(self.obj) if self.resource.namespaced else self._own_namespace(),
            name_of(self.obj),
            object=self.obj,
            old_object=self.old,
            dry_run=self.context.dry_run,
        )

    def _own_namespace(self) -> str:
        return name_of(self.obj) if self.resource.gvr.qualified == "namespaces" else ""

    def _tell(self, plugin: str, review: Review, refusal: Status | None) -> None:
        if refusal is not None:
            self.found.refused_by = plugin
        elif self.gate.trace and review.object is not None:
            self.obj = review.object
            self._note(plugin)

    def _note(self, who: str) -> None:
        """Remember what changed since the last look."""
        if not self.gate.trace:
            return
        after = orjson.dumps(self.obj)
        if after != self.before:
            patch: list[dict[str, Any]] = jsonpatch.make_patch(orjson.loads(self.before), orjson.loads(after)).patch
            if patch:
                self.found.changes.append(Change(who, patch))
            self.before = after

    def _collect(self, review: Review) -> None:
        self.found.warnings += review.warnings
        self.found.audit |= review.audit
