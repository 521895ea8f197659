"""The objects of a manifest directory, read again when its files change; what cannot be used leaves the old ones in force.

Source: k8s.io/apiserver ``pkg/admission/plugin/manifest`` (whose reload loop asks once a minute besides being told).
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence

from kubegate.admission.interface import Environment
from kubegate.admission.manifests import directory as files
from kubegate.admission.manifests.loading import Loader
from kubegate.admission.manifests.settings import check_directory
from kubegate.api.names import Object
from kubegate.errors import ConfigurationError

_LOG = logging.getLogger(__name__)
_INTERVAL = 1.0
"""Seconds between two looks at the directory."""


class StaticObjects:
    """Objects of ``kinds``; without a directory there are none. Building one raises `ConfigurationError`."""

    def __init__(self, environment: Environment, directory: str, kinds: Sequence[str]) -> None:
        self._environment, self._directory = environment, directory
        self._loader = Loader(environment, kinds)
        self._objects: tuple[list[Object], ...] = tuple([] for _ in kinds)
        self._lock = threading.Lock()
        self.digest = ""
        if directory:
            check_directory(directory, environment)
            self._fingerprint, self._looked = files.fingerprint(directory), self._now()
            self._load()

    def all(self) -> tuple[list[Object], ...]:
        """The objects of each kind, in the order of their names; the same ones until files change."""
        if self._directory and abs(self._now() - self._looked) >= _INTERVAL and self._lock.acquire(blocking=False):
            try:
                self._look()
            finally:
                self._lock.release()
        return self._objects

    def _look(self) -> None:
        self._looked = self._now()
        found = files.fingerprint(self._directory)
        if found == self._fingerprint:
            return
        self._fingerprint = found
        try:
            self._load()
        except ConfigurationError as error:
            _LOG.error("manifests of %s are not reloaded: %s", self._directory, error.message)

    def _load(self) -> None:
        read = files.read(self._directory)
        if read.digest == self.digest:
            return
        self._objects = tuple(self._loader.load(read).values())
        self.digest = read.digest

    def _now(self) -> float:
        return self._environment.now().timestamp()
