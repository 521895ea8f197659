"""Linux capabilities: baseline adds only those of the default set; restricted drops all and adds only NET_BIND_SERVICE."""

from __future__ import annotations

from kubegate.admission.pod_security.check import (
    Check,
    Metadata,
    Spec,
    Violation,
    named_containers,
    on_windows,
    quoted,
    security_contexts,
    unless,
)
from kubegate.admission.pod_security.levels import Level

DEFAULT_SET = frozenset(
    [
        "AUDIT_WRITE",
        "CHOWN",
        "DAC_OVERRIDE",
        "FOWNER",
        "FSETID",
        "KILL",
        "MKNOD",
        "NET_BIND_SERVICE",
        "SETFCAP",
        "SETGID",
        "SETPCAP",
        "SETUID",
        "SYS_CHROOT",
    ]
)


def _adding(spec: Spec, allowed: frozenset[str]) -> tuple[list[str], set[str]]:
    """The containers that add other capabilities than the allowed ones, and those capabilities."""
    names, capabilities = [], set()
    for name, context in security_contexts(spec):
        others = set((context.get("capabilities") or {}).get("add") or ()) - allowed
        if others:
            names.append(name)
            capabilities |= others
    return names, capabilities


def _must_not_add(names: list[str], capabilities: set[str]) -> str:
    return f"{named_containers(names)} must not include {quoted(sorted(capabilities))} in securityContext.capabilities.add"


def _baseline(metadata: Metadata, spec: Spec) -> Violation | None:
    names, capabilities = _adding(spec, DEFAULT_SET)
    return Violation("non-default capabilities", _must_not_add(names, capabilities)) if names else None


def _restricted(metadata: Metadata, spec: Spec) -> Violation | None:
    keeping = [
        name
        for name, context in security_contexts(spec)
        if "ALL" not in ((context.get("capabilities") or {}).get("drop") or ())
    ]
    adding, capabilities = _adding(spec, frozenset({"NET_BIND_SERVICE"}))
    details = []
    if keeping:
        details.append(f'{named_containers(keeping)} must set securityContext.capabilities.drop=["ALL"]')
    if adding:
        details.append(_must_not_add(adding, capabilities))
    return Violation("unrestricted capabilities", "; ".join(details)) if details else None


CHECKS = (
    Check("capabilities_baseline", Level.BASELINE, ((0, _baseline),)),
    Check(
        "capabilities_restricted",
        Level.RESTRICTED,
        ((22, _restricted), (25, unless(on_windows, _restricted))),
        overrides=("capabilities_baseline",),
    ),
)
