"""Answers of the fixture ``gate``: true or false in a condition, an explanation in a failed assertion."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubegate.api.names import Object
from kubegate.api.user import User

if TYPE_CHECKING:  # answers about access do without admission and the scheduler, which take long to import
    from kubegate.analysis.admission.judgement import Judgement
    from kubegate.analysis.placement import Placement


class Answer:
    """``allowed``, and the text that a failed assertion shows."""

    def __init__(self, allowed: bool, text: str) -> None:
        self.allowed = allowed
        self._text = text

    def __bool__(self) -> bool:
        return self.allowed

    def __repr__(self) -> str:
        return self._text


class Identity(Answer):
    """Whether a credential is accepted: ``user`` is who it is, ``reason`` why it is refused."""

    def __init__(self, found: User | str) -> None:
        self.user = found if isinstance(found, User) else None
        self.reason = found if isinstance(found, str) else ""
        text = f"refused: {self.reason}"
        if self.user is not None:
            text = f"authenticated as {self.user.name}, groups {', '.join(self.user.groups)}"
        super().__init__(self.user is not None, text)


class Admission(Answer):
    """Whether an object is admitted. ``object`` is what it became, ``pod`` that of the pod that it makes; ``message`` is the
    refusal's, ``decided_by`` what decided on it; ``judgement`` has the rest."""

    def __init__(self, judgement: Judgement, text: str) -> None:
        super().__init__(judgement.admitted, text)
        self.judgement = judgement
        self.object: Object | None = judgement.result
        self.pod: Object | None = judgement.pods[0].result if judgement.pods else None
        refused = next((part.refusal for part in (judgement, *judgement.pods) if part.refusal is not None), None)
        self.message = refused.message if refused is not None else ""
        self.decided_by = judgement.decider
        self.warnings = [text for part in (judgement, *judgement.pods) for text in part.warnings]


class Placed(Answer):
    """Whether a pod lands on a node: ``nodes`` are all equally good ones, ``message`` says why there are none."""

    def __init__(self, placement: Placement, text: str) -> None:
        super().__init__(bool(placement.nodes), text)
        self.placement = placement
        self.nodes = list(placement.nodes)
        self.message = placement.message
