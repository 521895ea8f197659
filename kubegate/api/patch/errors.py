"""What can be wrong with a patch."""

from __future__ import annotations

from kubegate.errors import KubegateError


class PatchError(KubegateError):
    """The patch cannot be applied; ``message`` is the server's own where it shows one."""

    code = "patch"


class BadPatch(PatchError):
    """The patch itself is malformed (400)."""

    code = "bad-patch"


class PatchDoesNotApply(PatchError):
    """The patch does not fit the object (422); the server gives no details."""

    code = "patch-does-not-apply"


class TestFailed(PatchDoesNotApply):
    """A ``test`` operation found another value."""
