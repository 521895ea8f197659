"""The whole way of a request through admission, without HTTP: decode, default, mutate, default, validate, judge.

The order is that of the server, so that the same refusal comes first.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from kubegate.admission.chain import AdmissionChain
from kubegate.admission.generated_names import random_suffix
from kubegate.admission.interface import Operation, Rule
from kubegate.admission.memory import MemoryCluster
from kubegate.analysis.admission import children
from kubegate.analysis.admission.deciders import deciding_objects
from kubegate.analysis.admission.judgement import Judgement
from kubegate.analysis.admission.request import Request
from kubegate.analysis.admission.write import Guard, Rulebook, Rules, Write, unguarded
from kubegate.api import status as statuses
from kubegate.api.catalog import Catalog, Resource
from kubegate.api.names import Object, kind_of, metadata, name_of, namespace_of
from kubegate.api.status import StatusError
from kubegate.api.user import User
from kubegate.authz.interface import Authorizer
from kubegate.bundle.state import ClusterState
from kubegate.errors import InvalidInput
from kubegate.registry.custom.definition import RESOURCE as DEFINITIONS
from kubegate.registry.scale import SCALE, ScalePaths, scale_of

Decode = Callable[[Resource, Object], tuple[Object, list[str]]]
"""An object as the server decodes it, and its warnings; raises `StatusError`."""


@dataclass(slots=True)
class Gate:
    """Judges requests one after the other against ``cluster``. ``state`` knows where the manifests stand.

    ``define`` is told of the definitions of custom kinds that are admitted."""

    chain: AdmissionChain
    rules: Callable[[Resource], Rules]
    catalog: Callable[[], Catalog]
    cluster: MemoryCluster
    state: ClusterState
    decode: Decode
    now: Callable[[], datetime]
    define: Callable[[Object], None]
    place: Callable[[Object], None]
    """Puts a manifest into the cluster as if it had been there always; raises `InvalidInput`."""

    trace: bool = True
    """Record what each plugin changes (costs some time)."""
    suffix: Callable[[], str] = random_suffix
    """Ends the names that are made from generateName."""
    guard: Guard = unguarded
    authorizer: Authorizer | None = None
    gates: Mapping[str, bool] = field(default_factory=dict)

    def resource_of(self, obj: Object) -> Resource:
        """The resource of an object's kind; raises `InvalidInput` if the API has none."""
        resource = self.catalog().by_kind(kind_of(obj))
        if resource is None:
            raise InvalidInput(
                f"the API has no kind {kind_of(obj)}",
                location=self.state.locate(obj),
                hint="custom kinds need their CustomResourceDefinition, among the manifests or earlier among the objects",
            )
        return resource

    def judge(self, obj: Object, user: User, *, with_pods: bool = True) -> Judgement:
        """The verdict on writing an object (an update if the state has it). What is admitted becomes part of the state, so
        that the next object sees it. Raises `InvalidInput` for a kind that the API has not."""
        resource = self.resource_of(obj)
        namespace = namespace_of(obj) if resource.namespaced else ""
        old = self.cluster.get(resource.key, namespace, name_of(obj))
        operation = Operation.CREATE if old is None else Operation.UPDATE
        request = Request(operation, resource, namespace, name_of(obj), object=obj)
        found = self.ask(request, user, with_pods=with_pods)
        if found.refusal is None and found.result is not None:
            self.cluster.put(resource.key, self.rules(resource).to_storage(resource.gvr, copy.deepcopy(found.result)))
            if resource.gvr.qualified == DEFINITIONS:
                self.define(found.result)
        return found

    def ask(self, request: Request, user: User, *, with_pods: bool = True) -> Judgement:
        """The verdict on one request; the state stays as it is, but for what plugins themselves write (quota)."""
        found = Judgement(request.subject, request.operation.value)
        found.location = self.state.locate(request.object) if request.object is not None else None
        try:
            decoded = self._decoded(request, found)
        except StatusError as error:
            found.refusal, found.refused_by = error.status, "decoding"
            return found
        self._admit(found, request, decoded, user)
        if with_pods and found.admitted and found.result is not None and not request.subresource:
            found.pods = self._pods(request.resource, found.result)
        return found

    def _decoded(self, request: Request, found: Judgement) -> Object | None:
        if request.operation is Operation.CONNECT:
            return {"kind": request.kind.kind, "apiVersion": request.kind.api_version, **request.options}
        if request.object is None:
            return None
        resource = replace(request.resource, kind=request.kind, custom=False) if request.own_kind else request.resource
        decoded, found.warnings = self.decode(resource, request.object)
        if not request.resource.namespaced:
            metadata(decoded).pop("namespace", None)
        return decoded

    def _pods(self, resource: Resource, obj: Object) -> list[Judgement]:
        pod = children.pod_of(resource.gvr.qualified, obj)
        pods = self.catalog().by_kind(kind_of(pod)) if pod is not None else None
        if pod is None or pods is None:
            return []
        found = Judgement(copy.deepcopy(pod), Operation.CREATE.value)
        request = Request(Operation.CREATE, pods, namespace_of(pod), object=pod)
        self._admit(found, request, pod, children.creator_of(resource.gvr.qualified), dry_run=True)
        return [found]

    def _admit(self, found: Judgement, request: Request, obj: Object | None, user: User, *, dry_run: bool = False) -> None:
        resource, old = request.resource, None
        rules = self.rules(resource)
        if request.operation in (Operation.UPDATE, Operation.DELETE):
            stored = self.cluster.get(resource.key, request.namespace, request.name)
            if stored is None:
                found.refused_by = "storage"
                found.refusal = statuses.not_found(resource.gvr.group, resource.gvr.resource, request.name)
                return
            old = rules.from_storage(resource.gvr, stored)
        book = Rulebook(
            self.chain, rules, self.cluster, self.now(), self.guard, self.trace, self.suffix, self.authorizer, self.gates
        )
        write = Write(book, found, request, obj, _of_part(request, old), user, dry_run)
        found.refusal = write.run()
        found.result = None if found.refusal else write.obj
        if found.refusal is not None and found.refused_by:
            self._blame(found, write.rule, request.namespace)

    def _blame(self, found: Judgement, rule: Rule | None, namespace: str) -> None:
        message = found.refusal.message if found.refusal else ""
        for obj, steps in deciding_objects(found.refused_by, message, rule, namespace, found.subject, self.state):
            found.decided_by = f"{kind_of(obj).kind} {name_of(obj)}"
            found.decided_at = self.state.locate_text(obj, steps)
            return


def _of_part(request: Request, old: Object | None) -> Object | None:
    """The old object as the request sees it: of replicas a Scale; other parts with kinds of their own have none."""
    if old is None or not request.own_kind:
        return old
    return scale_of(old, ScalePaths()) if request.kind == SCALE and not request.resource.custom else None
