"""Members of ``system:masters`` are allowed everything before any authorizer is asked, in every mode.

So a broken policy cannot lock the administrators out. Source: k8s.io/apiserver ``NewPrivilegedGroups``."""

from __future__ import annotations

from kubegate.api.user import MASTERS
from kubegate.authz.interface import NO_OPINION, Attributes, Decision, Determinant, Verdict

_ALLOW = Verdict(Decision.ALLOW, determined_by=Determinant("privileged groups", f"member of {MASTERS}"))


class PrivilegedGroups:
    """Allows the members of ``system:masters``; no opinion on others."""

    def authorize(self, attributes: Attributes) -> Verdict:
        """ALLOW with an empty reason, or NO_OPINION."""
        return _ALLOW if MASTERS in attributes.user.groups else NO_OPINION
