"""Cases about authorization: tables of access, matrices, single decisions, invariants.

Requests are written ``list pods``, ``get deploy/scale web -n shop``, ``list pods -A -l app=web``, ``get /version``. Users
are named by ``users``, or as ``alice``, ``User alice``, ``Group devs`` (somebody who is in that group only) or
``ServiceAccount NAMESPACE/NAME``."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from kubegate.testing.cases.strict import Strict


class AccessCase(Strict):
    """What a user can and cannot do."""

    user: str
    impersonating: str = ""
    """The user impersonates this one: requests are allowed if he may, and the other is allowed them."""

    namespace: str = "default"
    can: list[str] = Field(default_factory=list)
    cannot: list[str] = Field(default_factory=list)
    determinedBy: str | None = None
    """A part of what allows each request under ``can``: ``RoleBinding shop/devs``, ``ClusterRole view``."""


class MatrixCase(Strict):
    """Exactly what users may do with resources in one place: whatever is not listed is refused."""

    namespace: str = "default"
    """``*``: all namespaces at once, and what is in none."""

    verbs: list[str] = Field(
        default_factory=lambda: ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"]
    )
    resources: list[str] | Literal["all"] = Field(default_factory=list)
    """The columns, besides the resources that rows name; ``all``: every resource and subresource of the API and of the
    CustomResourceDefinitions among the policies."""

    subjects: dict[str, dict[str, str | list[str]]]
    """By user, the verbs by resource (several ones with commas between): ``pods: get list``; ``*`` is all verbs, ``*`` as a
    resource all others."""

    complete: bool = False
    """Whether nobody else has a binding here (but for the system's own subjects)."""


class DecisionCase(Strict):
    """One request with its decision, its reason (exact) and what determined it (a part of the text)."""

    name: str = ""
    user: str
    impersonating: str = ""
    """The user impersonates this one; a refusal of that is the decision ``no-opinion`` with the refusal as its reason."""

    namespace: str = "default"
    request: str
    decision: Literal["allow", "deny", "no-opinion"]
    reason: str | None = None
    determinedBy: str | None = None


class Invariant(Strict):
    """Nobody but these may: checked over all subjects of the policies, not by samples. The components of the cluster, which
    its own bindings (``system:...``) name, may as well unless ``includeSystem``. In names, ``*`` stands for any text."""

    name: str = ""
    request: str = ""
    requests: list[str] = Field(default_factory=list)
    namespace: str = "default"
    """``*``: in every namespace that the policies declare or use, and in all at once."""

    onlyUsers: list[str] = Field(default_factory=list)
    onlyGroups: list[str] = Field(default_factory=list)
    onlyServiceAccounts: list[str] = Field(default_factory=list, description="NAMESPACE/NAME")
    exceptBindings: list[str] = Field(default_factory=list)
    """Bindings that may allow it to anybody: NAME, of RoleBindings NAMESPACE/NAME."""

    exceptNamespaces: list[str] = Field(default_factory=list)
    """With namespace ``*``: those that are passed over."""

    includeSystem: bool = False

    @model_validator(mode="after")
    def _fits(self) -> Invariant:
        if not self.request and not self.requests:
            raise ValueError("give request or requests")
        return self
