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
    """``current`` is replaced, never changed: readers take no lock."""

    def __init__(self, compile_condition: CompileCondition) -> None:
        self.current = PolicySet()
        self.unreadable: tuple[str, ...] = ()
        self._compile = compile_condition
        self._policies: dict[str, CompiledPolicy | None] = {}
        self._lock = threading.Lock()

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
            self._publish()

    def remove(self, kind: str, namespace: str, name: str) -> None:
        """Forget a policy; an unknown one is no error."""
        with self._lock:
            if kind == KIND and name in self._policies:
                del self._policies[name]
                self._publish()

    def _publish(self) -> None:
        names = sorted(self._policies)
        self.unreadable = tuple(name for name in names if self._policies[name] is None)
        found = (self._policies[name] for name in names)
        self.current = PolicySet.of(policy for policy in found if policy is not None)
