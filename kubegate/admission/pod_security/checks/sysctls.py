"""Kernel parameters: only those that are namespaced and isolated; the list grows with releases."""

from __future__ import annotations

from functools import partial

from kubegate.admission.pod_security.check import Check, Metadata, Spec, Violation, pod_context
from kubegate.admission.pod_security.levels import Level

_SINCE_0 = frozenset(
    {
        "kernel.shm_rmid_forced",
        "net.ipv4.ip_local_port_range",
        "net.ipv4.tcp_syncookies",
        "net.ipv4.ping_group_range",
        "net.ipv4.ip_unprivileged_port_start",
    }
)
_SINCE_27 = _SINCE_0 | {"net.ipv4.ip_local_reserved_ports"}
_SINCE_29 = _SINCE_27 | {
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes",
}
_SINCE_32 = _SINCE_29 | {"net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem"}


def _judge(metadata: Metadata, spec: Spec, *, allowed: frozenset[str]) -> Violation | None:
    names = [sysctl.get("name") or "" for sysctl in pod_context(spec).get("sysctls") or ()]
    bad = [name for name in names if name not in allowed]
    return Violation("forbidden sysctls", ", ".join(bad)) if bad else None


CHECKS = (
    Check(
        "sysctls",
        Level.BASELINE,
        (
            (0, partial(_judge, allowed=_SINCE_0)),
            (27, partial(_judge, allowed=_SINCE_27)),
            (29, partial(_judge, allowed=_SINCE_29)),
            (32, partial(_judge, allowed=_SINCE_32)),
        ),
    ),
)
