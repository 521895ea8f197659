"""Who asks in a suite."""

from __future__ import annotations

from pydantic import Field

from kubegate.testing.cases.strict import Strict


class UserSpec(Strict):
    """Who asks. Groups of service accounts and system:authenticated are added as a server adds them."""

    name: str
    groups: list[str] = Field(default_factory=list)
    uid: str = ""
    extra: dict[str, list[str]] = Field(default_factory=dict)
