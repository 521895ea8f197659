"""The AccessPolicies of a server's API: they come and go one by one.

Whoever writes one is told what is wrong with it; so one that cannot be read here was stored by another version. Its last
good version stays in force; without one nobody knows what it denied, and everything is denied (but to break-glass).
"""

from __future__ import annotations

import logging
import threading

from kubegate.api.names import Object, name_of
from kubegate.authz.access.model import GROUP, KIND
from kubegate.authz.access.policy import CompiledPolicy
from kubegate.authz.access.policy_set import CompileCondition, PolicySet, compile_policy
from kubegate.errors import InvalidInput

RESOURCE = f"accesspolicies.{GROUP}"
_LOG = logging.getLogger(__name__)


class AccessPolicyIndex:
    """What is in force is replaced, never changed: readers take no lock, but for the first one after a change."""

    def __init__(self, compile_condition: CompileCondition) -> None:
        self._current: PolicySet | None = PolicySet()
        self._compile = compile_condition
        self.unreadable: tuple[str, ...] = ()
        """Policies of which no version could ever be read."""
        self._policies: dict[str, CompiledPolicy | None] = {}
        self._lock = threading.Lock()

    @property
    def current(self) -> PolicySet:
        """The policies in force."""
        found = self._current
        if found is None:
            with self._lock:
                names = sorted(self._policies)
                found = PolicySet.of(policy for name in names if (policy := self._policies[name]) is not None)
                self._current = found
        return found

    def upsert(self, obj: Object) -> None:
        """Take a policy in, or a new version of it."""
        name = name_of(obj)
        try:
            policy: CompiledPolicy | None = compile_policy(obj, self._compile)
        except InvalidInput as error:
            _LOG.error("stored AccessPolicy is not taken in: %s", error)  # the message says it all
            policy = self._policies.get(name)
        with self._lock:
            self._policies[name] = policy
            self._changed(name, policy is None)

    def remove(self, kind: str, namespace: str, name: str) -> None:
        """Forget a policy; an unknown one is no error."""
        with self._lock:
            if kind == KIND and name in self._policies:
                del self._policies[name]
                self._changed(name, False)

    def _changed(self, name: str, is_unreadable: bool) -> None:
        """To be called with the lock held."""
        others = (other for other in self.unreadable if other != name)
        self.unreadable = tuple(sorted((*others, name) if is_unreadable else others))
        self._current = None
