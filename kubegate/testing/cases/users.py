"""Who asks in a suite."""

from __future__ import annotations

from pydantic import Field, model_validator

from kubegate.testing.cases.strict import Strict


class UserSpec(Strict):
    """Who asks. Groups of service accounts and system:authenticated are added as a server adds them."""

    name: str = ""
    credential: str = ""
    """Instead of all else: the name of an ``authentication`` case, whose credential says who it is."""

    groups: list[str] = Field(default_factory=list)
    uid: str = ""
    extra: dict[str, list[str]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _fits(self) -> UserSpec:
        if self.credential and (self.name or self.groups or self.uid or self.extra):
            raise ValueError("a credential says all of a user")
        if not self.credential and not self.name and not self.groups:
            raise ValueError("give name, groups or credential")
        return self
