"""Exit codes of every sub-command."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """0 yes/ok, 1 the tool failed, 2 the answer is no, 3 a policy or input is invalid, 4 undecided."""

    OK = 0
    FAILED = 1
    NO = 2
    INVALID = 3
    UNDECIDED = 4
