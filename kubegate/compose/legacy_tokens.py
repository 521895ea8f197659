"""Notes on the secrets of legacy service account tokens on which day they were used last."""

from __future__ import annotations

import copy
import logging
from dataclasses import dataclass

from kubegate.admission.interface import Cluster
from kubegate.api.names import metadata
from kubegate.authn.plugins.legacy_service_account import LAST_USED
from kubegate.errors import KubegateError

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LegacyTokenUse:
    """Writes the label; trouble is logged, the request goes on."""

    cluster: Cluster

    def note(self, namespace: str, secret: str, day: str) -> None:
        """``day`` is YYYY-MM-DD."""
        stored = self.cluster.get("secrets", namespace, secret)
        if stored is None:
            return
        changed = copy.deepcopy(stored)
        meta = metadata(changed)
        meta["labels"] = {**(meta.get("labels") or {}), LAST_USED: day}
        try:
            self.cluster.update("secrets", changed)
        except KubegateError as error:
            _LOG.error("secret %s/%s: the use of its token cannot be noted: %s", namespace, secret, error)
