"""An engine over manifests, as tests use it: ``gate.can("alice", "list pods", namespace="shop")``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from kubegate.analysis.explain import explain
from kubegate.analysis.requests import Vocabulary
from kubegate.api.user import User
from kubegate.authz.interface import Verdict
from kubegate.compose.dry_run import DryRunOptions, Engine, build_engine
from kubegate.testing.access import AccessRunner
from kubegate.testing.cases.users import UserSpec
from kubegate.testing.suite import API_VERSION, KIND, Suite
from kubegate.testing.users import user_of


class Answer:
    """True or false in a condition; in a failed assertion it shows the explanation."""

    def __init__(self, allowed: bool, text: str) -> None:
        self.allowed = allowed
        self._text = text

    def __bool__(self) -> bool:
        return self.allowed

    def __repr__(self) -> str:
        return self._text


class Gate:
    """Answers questions about the policies given."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        suite = Suite.model_validate({"apiVersion": API_VERSION, "kind": KIND, "spec": {}})
        self._runner = AccessRunner("gate", suite, engine, Vocabulary.of(engine.state))

    @classmethod
    def over(cls, folder: Path, paths: Iterable[str], *, modes: Sequence[str] = (), bootstrap_policy: bool = True) -> Gate:
        """A gate over manifests, relative to a folder. Raises `InvalidInput` for wrong files."""
        files = tuple(str(folder / path) for path in paths)
        options = DryRunOptions(filenames=files, authorization_mode=tuple(modes), bootstrap_policy=bootstrap_policy)
        return cls(build_engine(options))

    def decide(self, user: str, request: str, *, namespace: str = "default", groups: Sequence[str] = ()) -> Verdict:
        """The verdict of the whole chain on ``list pods``, ``get deploy/scale web -n shop``, ``get /version``."""
        question, where = self._runner.question(request, namespace)
        return self.engine.chain.authorize(question.asked_by(self._user(user, groups), where))

    def can(self, user: str, request: str, *, namespace: str = "default", groups: Sequence[str] = ()) -> Answer:
        """Whether the chain allows it."""
        question, where = self._runner.question(request, namespace)
        asked = question.asked_by(self._user(user, groups), where)
        told = explain(self.engine.chain, self.engine.rbac, asked)
        lines = [f"{user} {'may' if told.allowed else 'may not'} {request}"]
        lines += [f"nearest miss: {miss.text}" for miss in told.misses[:3]]
        return Answer(told.allowed, "\n".join(lines))

    @staticmethod
    def _user(name: str, groups: Sequence[str]) -> User:
        return user_of(name, {name: UserSpec(name=name, groups=list(groups))})
