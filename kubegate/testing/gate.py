"""An engine over manifests, as tests use it: ``gate.can("alice", "list pods", namespace="shop")``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kubegate.analysis.explain.decision import explain
from kubegate.api.names import Object, namespace_of
from kubegate.api.user import User
from kubegate.authz.interface import Verdict
from kubegate.compose.dry_run import Engine
from kubegate.errors import InvalidInput
from kubegate.testing.answers import Admission, Answer, Identity, Placed
from kubegate.testing.cases.users import UserSpec
from kubegate.testing.running.runner import LoadedSuite
from kubegate.testing.stages.access.runner import AccessRunner
from kubegate.testing.suites.suite import API_VERSION, KIND, Suite
from kubegate.testing.suites.users import spec_from, user_of

if TYPE_CHECKING:
    from kubegate.analysis.admission.judgement import Judgement

_ASKED = "asked"


class Gate:
    """Answers questions about the policies given: authentication, authorization, admission, scheduling."""

    def __init__(self, loaded: LoadedSuite) -> None:
        self._loaded = loaded
        self._runner = AccessRunner("gate", loaded.suite, loaded.engine, loaded.vocabulary)

    @classmethod
    def over(
        cls,
        folder: Path,
        paths: Iterable[str],
        *,
        modes: Sequence[str] = (),
        bootstrap_policy: bool = True,
        authentication_options: Mapping[str, Any] | None = None,
        admission_options: Mapping[str, Any] | None = None,
    ) -> Gate:
        """A gate over manifests, relative to a folder. ``modes``: those of --authorization-mode; the other options are
        as in a suite's spec. Raises `InvalidInput` for wrong files, `ConfigurationError` for wrong options."""
        spec = {
            "policies": list(paths),
            "bootstrapPolicy": bootstrap_policy,
            "authorizationMode": list(modes),
            "authenticationOptions": dict(authentication_options or {}),
            "admissionOptions": dict(admission_options or {}),
        }
        suite = Suite.model_validate({"apiVersion": API_VERSION, "kind": KIND, "spec": spec})
        return cls(LoadedSuite.of(folder / "gate", suite))

    @property
    def engine(self) -> Engine:
        """The authorizers and the state behind it."""
        return self._loaded.engine

    def decide(self, user: str | User, request: str, *, namespace: str = "default", groups: Sequence[str] = ()) -> Verdict:
        """The verdict of the whole chain on ``list pods``, ``get deploy/scale web -n shop``, ``get /version``."""
        question, where = self._runner.question(request, namespace)
        return self.engine.chain.authorize(question.asked_by(_user(user, groups), where))

    def can(self, user: str | User, request: str, *, namespace: str = "default", groups: Sequence[str] = ()) -> Answer:
        """Whether the chain allows it."""
        question, where = self._runner.question(request, namespace)
        who = _user(user, groups)
        told = explain(self.engine.chain, self.engine.rbac, question.asked_by(who, where))
        lines = [f"{who.name} {'may' if told.allowed else 'may not'} {request}"]
        lines += [f"nearest miss: {miss.text}" for miss in told.misses[:3]]
        return Answer(told.allowed, "\n".join(lines))

    def authenticate(self, **credential: Any) -> Identity:
        """Who a credential is: ``token="..."``, ``subject={"commonName": "alice"}`` (a certificate made for it),
        ``serviceAccount={"name": "robot"}``, ``claims={...}``, ``at="2030-01-01T00:00:00Z"``: the fields of a suite's
        authentication case."""
        # Here, as below: questions about access do without what the other stages import.
        from kubegate.testing.stages.authentication.runner import AuthenticationRunner

        suite = self._suite(authentication=[{"name": _ASKED, **credential}])
        runner = AuthenticationRunner(str(self._loaded.path), suite, self._loaded.gate.cluster)
        return Identity(runner.identities()[_ASKED])

    def admit(self, obj: Object | str, user: str | User = "", *, groups: Sequence[str] = (), **case: Any) -> Admission:
        """What becomes of an object (or ``KIND/NAME`` of the state) that somebody writes, without a user the administrator.
        ``case``: the other fields of a suite's admission case: ``operation="delete"``, ``oldObject=...``, ``namespace=...``.

        Raises `InvalidInput` for what is no object of the API."""
        from kubegate.testing.stages.admission.claims import explained

        judgement = self._judged({"object": obj, **case}, user, groups, trace=True)
        return Admission(judgement, explained(judgement))

    def schedule(self, pod: Object | str, user: str | User = "", *, groups: Sequence[str] = (), **case: Any) -> Placed:
        """Where the scheduler puts a pod (or one that a workload makes) once it is admitted, among the nodes and pods of the
        state. Raises `InvalidInput` if it is refused before."""
        from kubegate.analysis.placement import Scheduling
        from kubegate.testing.stages.admission.claims import explained

        judgement = self._judged({"object": pod, **case}, user, groups, trace=False)
        admitted = judgement.pods[0].result if judgement.pods else judgement.result
        if admitted is None or admitted.get("kind") != "Pod":
            raise InvalidInput(f"no pod comes of it:\n{explained(judgement)}")
        scheduling = Scheduling(self._loaded.gate.cluster)
        placement = scheduling.place(admitted)
        lines = [placement.message or f"on {' or '.join(placement.nodes)}", *scheduling.describe(placement)]
        return Placed(placement, "\n".join(lines))

    def _judged(self, case: dict[str, Any], user: str | User, groups: Sequence[str], *, trace: bool) -> Judgement:
        from kubegate.testing.stages.admission.runner import AdmissionRunner

        named = {"user": _ASKED} if user or groups else {}
        users = {_ASKED: spec_from(_user(user, groups))} if named else {}
        suite = self._suite(admission=[{**case, **named}], users=users)
        asked, gate = suite.spec.admission[0], self._loaded.gate
        for namespace in {asked.namespace, *_namespace(asked.object)}:
            self._ensure(namespace)
        runner = AdmissionRunner(str(self._loaded.path), suite, gate)
        gate.trace = trace
        found = runner.ask(next(runner.prepare(asked)))
        if isinstance(found, str):
            raise InvalidInput(found)
        return found

    def _ensure(self, namespace: str) -> None:
        """A namespace that no manifest declares exists, as in a suite that speaks of it."""
        gate = self._loaded.gate
        if self._loaded.suite.spec.admissionOptions.strictNamespaces or gate.cluster.get("namespaces", "", namespace):
            return
        gate.place({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
        account = {"name": "default", "namespace": namespace}
        gate.place({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": account})

    def _suite(self, **parts: Any) -> Suite:
        spec = {**self._loaded.suite.spec.model_dump(), **parts}
        return Suite.model_validate({"apiVersion": API_VERSION, "kind": KIND, "spec": spec})


def _namespace(obj: object) -> set[str]:
    return {namespace_of(obj)} - {""} if isinstance(obj, dict) else set()


def _user(user: str | User, groups: Sequence[str]) -> User:
    if isinstance(user, User):
        return user
    return user_of(user, {user: UserSpec(name=user, groups=list(groups))} if groups else {})
