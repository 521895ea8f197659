"""Cases about scheduling: on which node a pod lands, or why on none."""

from __future__ import annotations

from typing import Any

from pydantic import Field, model_validator

from kubegate.testing.cases.admission import Thing
from kubegate.testing.cases.strict import Strict


class SchedulingCase(Strict):
    """A pod that is created (and admitted), and where the scheduler puts it among the nodes and pods of the state."""

    name: str = ""
    user: str = ""
    """Who creates it; without it the administrator (group system:masters)."""

    pod: Thing | None = None
    """The pod, or a workload that makes it; or ``KIND/NAME`` of one in the state."""

    podFile: str = ""
    change: dict[str, Any] = Field(default_factory=dict)
    """What is different in it: a strategic merge patch."""

    namespace: str = "default"
    given: list[dict[str, Any]] = Field(default_factory=list)
    """Nodes, pods and other objects that are there in this case, as they stand here."""

    copies: int = Field(1, ge=1, le=1000)
    """How many of it are scheduled, one after the other."""

    node: str | None = None
    """The node it lands on, whichever of equally good ones is taken."""

    nodeIn: list[str] | None = None
    """All nodes that it may land on."""

    nodes: dict[str, int] | None = None
    """With ``copies``: how many land on each node (of equally good ones the first by name is taken)."""

    scheduled: bool | None = None
    """Without it: true, unless a message or a nomination is expected."""

    message: str | None = None
    """Why it lands nowhere, exactly: ``0/3 nodes are available: 3 Insufficient cpu. ...``"""

    messageContains: str | None = None
    refusals: dict[str, str] = Field(default_factory=dict)
    """By node, a part of why it is refused: ``n1: Insufficient cpu``."""

    nominated: str | None = None
    """The node that preemption frees for it ("": none)."""

    victims: list[str] | None = None
    """The pods that have to leave it, as NAMESPACE/NAME, in any order."""

    @model_validator(mode="after")
    def _fits(self) -> SchedulingCase:
        if (self.pod is None) == (not self.podFile):
            raise ValueError("give pod or podFile")
        if not self.expects_node and (self.node or self.nodeIn or self.nodes):
            raise ValueError("what is not scheduled has no node")
        return self

    @property
    def expects_node(self) -> bool:
        """Whether it is to land somewhere."""
        if self.scheduled is not None:
            return self.scheduled
        refusal = (self.message, self.messageContains, self.nominated or None, self.victims or None)
        return all(part is None for part in refusal) and not self.refusals
