"""The two authorizers that do not look: they must be named to be used.

Source: k8s.io/apiserver ``authorizerfactory``."""

from __future__ import annotations

from kubegate.api.user import User
from kubegate.authz.interface import Attributes, Decision, Determinant, RuleList, Verdict

_ALLOW = Verdict(Decision.ALLOW, determined_by=Determinant("AlwaysAllow", "everything is allowed"))
_DENY = Verdict(Decision.NO_OPINION, "Everything is forbidden.")


class AlwaysAllow:
    """Allows everything, with an empty reason."""

    def authorize(self, attributes: Attributes) -> Verdict:
        """ALLOW."""
        return _ALLOW

    def rules_for(self, user: User, namespace: str) -> RuleList:
        """One rule for everything."""
        return RuleList(
            ({"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]},),
            ({"verbs": ["*"], "nonResourceURLs": ["*"]},),
        )


class AlwaysDeny:
    """Has no opinion on anything, which refuses unless another authorizer allows."""

    def authorize(self, attributes: Attributes) -> Verdict:
        """NO_OPINION with the reason ``Everything is forbidden.``"""
        return _DENY

    def rules_for(self, user: User, namespace: str) -> RuleList:
        """Nothing."""
        return RuleList()
