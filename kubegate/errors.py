"""The error tree.

::

    KubegateError                 code, message, hint; every error that kubegate raises on purpose
    ├── InvalidInput              a policy, manifest, selector or flag is wrong (exit 3); file, line, column, path
    ├── ConfigurationError        a configuration cannot be used: the start is refused (exit 3)
    ├── StoreError                the store cannot answer
    │   ├── Conflict              compare-and-swap failed, or the key exists
    │   ├── Compacted             the revision asked for is gone (410)
    │   └── StoreCorrupt          the file is not a store of ours; never overwritten
    ├── StatusError               an HTTP answer in the form of a Kubernetes Status (raised in `api.status`)
    └── Unavailable               an outside party (webhook, issuer) did not answer

Denied, rejected and unauthenticated are values, not errors: see ``authz.interface``, ``admission.interface``
and ``authn.interface``. A library's errors are translated in the file that imports the library.
"""

from __future__ import annotations

from dataclasses import dataclass


class KubegateError(Exception):
    """Base of all errors raised on purpose.

    ``code`` is stable and meant for machines; ``hint`` is advice for a human and may be empty.
    """

    code = "error"

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Location:
    """Where in the user's input something stands: file, 1-based line and column (0: unknown), path in the object."""

    file: str = ""
    line: int = 0
    column: int = 0
    path: str = ""

    def __str__(self) -> str:
        place = self.file or "<input>"
        if self.line:
            place += f":{self.line}"
            if self.column:
                place += f":{self.column}"
        return f"{place}: {self.path}" if self.path else place


class InvalidInput(KubegateError):
    """The user's policy, manifest, selector or flag is wrong."""

    code = "invalid-input"

    def __init__(self, message: str, *, location: Location | None = None, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.location = location

    def __str__(self) -> str:
        return f"{self.location}: {self.message}" if self.location else self.message


class ConfigurationError(KubegateError):
    """A server configuration cannot be used."""

    code = "configuration"


class StoreError(KubegateError):
    """The store cannot answer."""

    code = "store"


class Conflict(StoreError):
    """A compare-and-swap failed, or a key to be created exists."""

    code = "conflict"


class Compacted(StoreError):
    """The revision asked for was compacted away."""

    code = "compacted"


class StoreCorrupt(StoreError):
    """The file is damaged or not a kubegate store."""

    code = "store-corrupt"


class Unavailable(KubegateError):
    """An outside party did not answer in time or not sensibly."""

    code = "unavailable"
