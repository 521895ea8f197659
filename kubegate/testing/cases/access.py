"""Cases about authorization: tables of access, single decisions, invariants."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from kubegate.testing.cases.strict import Strict


class AccessCase(Strict):
    """What a user can and cannot do: requests such as ``list pods``, ``get deploy/scale web -n shop``, ``get /version``."""

    user: str
    namespace: str = "default"
    can: list[str] = Field(default_factory=list)
    cannot: list[str] = Field(default_factory=list)


class DecisionCase(Strict):
    """One request with its decision, its reason (exact) and what determined it (a part of the text)."""

    name: str = ""
    user: str
    namespace: str = "default"
    request: str
    decision: Literal["allow", "deny", "no-opinion"]
    reason: str | None = None
    determinedBy: str | None = None


class Invariant(Strict):
    """Nobody but these may: checked over all subjects of the policies, not by samples. The components of the cluster, which
    its own bindings (``system:...``) name, may as well unless ``includeSystem``."""

    request: str
    namespace: str = "default"
    onlyUsers: list[str] = Field(default_factory=list)
    onlyGroups: list[str] = Field(default_factory=list)
    onlyServiceAccounts: list[str] = Field(default_factory=list, description="NAMESPACE/NAME")
    includeSystem: bool = False
