"""What the Secret of a bootstrap token says (type ``bootstrap.kubernetes.io/token`` in kube-system).

Source: kubernetes ``staging/src/k8s.io/cluster-bootstrap/token`` and ``pkg/bootstrap/util/secrets``.
"""

from __future__ import annotations

import base64
import binascii
import re
from datetime import datetime

from kubegate.api.names import Object

NAMESPACE = "kube-system"
SECRET_TYPE = "bootstrap.kubernetes.io/token"
NAME_PREFIX = "bootstrap-token-"
_TIME = re.compile(r"(\d{4}-\d\d-\d\dT)(\d\d?)(:\d\d:\d\d)(?:[.,]\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)


def entry(secret: Object, key: str) -> str:
    """A value of the Secret; "" if it is not there or not base64."""
    try:
        return base64.b64decode(str((secret.get("data") or {}).get(key) or "")).decode("utf-8", "surrogateescape")
    except binascii.Error:
        return ""


def seconds_left(secret: Object, now: float) -> float | None:
    """How long the token is good: None for ever, 0 if its time has passed or cannot be read."""
    expiration = entry(secret, "expiration")
    if not expiration:
        return None
    match = _TIME.fullmatch(expiration)
    if match is None:
        return 0.0
    # Go reads an hour of one digit too.
    expiration = expiration.replace(f"T{match[2]}:", f"T{match[2]:>02}:", 1)
    try:
        return max(0.0, datetime.fromisoformat(expiration).timestamp() - now)
    except ValueError:
        return 0.0
