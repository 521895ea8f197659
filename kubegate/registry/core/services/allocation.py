"""Cluster IPs and node ports: who has which, and handing out more.

What is in use follows from the stored services, which `ServiceAllocations.observe` is told of; between handing out an
address and storing its service the address is reserved for a while. So nothing leaks when a write fails later, and
nothing needs repair after a restart.

Source: ``pkg/registry/core/service`` (allocators, ipallocator, portallocator).
"""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Iterable
from random import Random
from threading import Lock

from kubegate.api.field_errors import FieldError, internal_error, invalid
from kubegate.api.names import Object, name_of, namespace_of
from kubegate.registry.core.services.cluster_ips import check_cluster_ips
from kubegate.registry.core.services.facts import NONE, needs_health_check, needs_node_port
from kubegate.registry.validation.network import Network, is_ipv6, parse_ip

_RESERVATION_SECONDS = 60.0
_GUESS = 32768
"""The first node port that a dry run shows."""
_OWNER = tuple[str, str]


class ServiceAllocations:
    """Cluster IPs from ``networks`` (the first one's family is the default) and node ports from ``ports``, at random."""

    def __init__(self, networks: Iterable[Network], ports: range, random: Random | None = None) -> None:
        self._random = random or Random()
        self._networks = {_family(str(network.network_address)): network for network in networks}
        self._ports = ports
        self._lock = Lock()
        self._owners: dict[str, _OWNER] = {}
        self._held: dict[_OWNER, set[str]] = {}
        self._reserved: dict[str, tuple[float, _OWNER]] = {}

    def observe(self, service: Object, *, deleted: bool = False) -> None:
        """A service was stored or deleted."""
        owner = (namespace_of(service), name_of(service))
        keys = set() if deleted else _keys(service.get("spec") or {})
        with self._lock:
            for key in self._held.pop(owner, set()):
                if self._owners.get(key) == owner:
                    del self._owners[key]
            for key in keys:
                self._owners[key] = owner
                self._reserved.pop(key, None)
            if keys:
                self._held[owner] = keys

    def allocate(self, service: Object, old: Object | None, *, dry_run: bool) -> list[FieldError]:
        """Fill in families, cluster IPs and ports of a service about to be stored, in place."""
        spec, before = service.setdefault("spec", {}), (old or {}).get("spec") or {}
        owner = (namespace_of(service), name_of(service))
        errors = self._set_families(spec, before)
        with self._lock:
            mine = set(self._held.get(owner, ())) if old is not None else set()
            taken: set[str] = set()
            if not errors:
                errors = self._allocate_ips(spec, mine, taken, dry_run=dry_run)
            if not errors and spec.get("type") in ("NodePort", "LoadBalancer"):
                errors = self._allocate_ports(spec, mine, taken, in_range=not dry_run)
            if not errors and not dry_run:
                until = time.monotonic() + _RESERVATION_SECONDS
                self._reserved |= dict.fromkeys(taken, (until, owner))
        return errors

    def _set_families(self, spec: Object, old: Object) -> list[FieldError]:
        if spec.get("type") == "ExternalName":
            return []
        errors: list[FieldError] = []
        check_cluster_ips(errors, spec, old)
        if errors:
            return errors
        ips, families = spec.get("clusterIPs") or [], list(spec.get("ipFamilies") or [])
        unselective = ips[:1] == [NONE] and not spec.get("selector")
        if spec.get("ipFamilyPolicy") is None:
            dual = unselective or len(ips) == 2 or len(families) == 2
            spec["ipFamilyPolicy"] = "RequireDualStack" if dual else "SingleStack"
        if old and old.get("ipFamilyPolicy") != spec["ipFamilyPolicy"] == "SingleStack":
            families, ips = self._downgraded(spec, old, families, ips)
        for index, ip in enumerate(ips):
            if ip == NONE:
                break
            if index >= len(families):
                if _family(ip) not in self._networks:
                    return [invalid(f"spec.clusterIPs[{index}]", ips, f"{_family(ip)} is not configured on this cluster")]
                families.append(_family(ip))
        default = next(iter(self._networks))
        if unselective:
            families = families or [default]
            if len(families) < 2 and spec["ipFamilyPolicy"] != "SingleStack":
                families.append("IPv6" if families[0] == "IPv4" else "IPv4")
            spec["ipFamilies"] = families
            return []
        if spec["ipFamilyPolicy"] == "RequireDualStack" and len(self._networks) < 2:
            text = "this cluster is not configured for dual-stack services"
            errors.append(invalid("spec.ipFamilyPolicy", spec["ipFamilyPolicy"], text))
        for index, family in enumerate(families):
            if family not in self._networks:
                errors.append(invalid(f"spec.ipFamilies[{index}]", family, "not configured on this cluster"))
        families = families or [default]
        if spec["ipFamilyPolicy"] != "SingleStack" and len(families) == 1 and len(self._networks) == 2:
            families.append(next(family for family in self._networks if family != families[0]))
        spec["ipFamilies"] = families
        return errors

    @staticmethod
    def _downgraded(spec: Object, old: Object, families: list[str], ips: list[str]) -> tuple[list[str], list[str]]:
        if families == (old.get("ipFamilies") or []):
            families = families[:1]
        if ips == (old.get("clusterIPs") or []) and ips:
            ips = spec["clusterIPs"] = ips[:1]
        return families, ips

    def _allocate_ips(self, spec: Object, mine: set[str], taken: set[str], *, dry_run: bool) -> list[FieldError]:
        ips = list(spec.get("clusterIPs") or [])
        if spec.get("type") == "ExternalName" or ips[:1] == [NONE]:
            return []
        for index, family in enumerate(spec.get("ipFamilies") or ()):
            if index >= len(ips):
                ips.append("")
            if not ips[index]:
                network = self._networks[family]
                # A dry run shows some address, not one that is free: the real one is not chosen before it is needed.
                ip = str(network.network_address) if dry_run else self._next_ip(network, taken)
                if ip is None:
                    return [internal_error("", "failed to allocate a serviceIP: range is full")]
                ips[index] = ip
                taken.add(ip)
            elif ips[index] not in mine and (problem := self._claim_ip(ips[index], self._networks[family], taken, dry_run)):
                text = f"failed to allocate IP {ips[index]}: {problem}"
                return [invalid("spec.clusterIPs", spec.get("clusterIPs"), text)]
        if ips:
            spec["clusterIPs"], spec["clusterIP"] = ips, ips[0]
        return []

    def _next_ip(self, network: Network, taken: set[str]) -> str | None:
        first, last = _bounds(network)
        # The lower part is left for addresses asked for by number, as far as possible.
        offset = _static_part(last - first + 1)
        start = self._random.randint(first + min(offset, last - first), last)
        for low, high in ((start, last), (first + offset, start - 1), (first, first + offset - 1)):
            for number in range(low, high + 1):
                ip = str(ipaddress.ip_address(number) if network.version == 4 else ipaddress.IPv6Address(number))
                if not self._is_taken(ip, taken):
                    return ip
        return None

    def _claim_ip(self, text: str, network: Network, taken: set[str], dry_run: bool) -> str:
        """A dry run only looks at the range."""
        address = parse_ip(text)
        first, last = _bounds(network)
        if address is None or not first <= int(address) <= last or address.version != network.version:
            return f"the provided IP ({text}) is not in the valid range. The range of valid IPs is {network}"
        if not dry_run and self._is_taken(str(address), taken):
            return "provided IP is already allocated"
        taken.add(str(address))
        return ""

    def _allocate_ports(self, spec: Object, mine: set[str], taken: set[str], *, in_range: bool) -> list[FieldError]:
        chosen: dict[int, int] = {}
        ports = spec.get("ports") or []
        for index, port in enumerate(ports):
            number, wanted = port.get("port") or 0, port.get("nodePort") or 0
            if not wanted and not needs_node_port(spec):
                continue
            known = chosen.get(number, 0)
            if not known:
                asked = next((p["nodePort"] for p in ports if (p.get("port") or 0) == number and p.get("nodePort")), 0)
                known = asked or (_guessed_port(taken) if not in_range else self._next_port(taken))
                problem = self._claim_port(known, mine, taken, in_range) if asked else ""
                chosen[number] = port["nodePort"] = known
            else:
                problem = self._claim_port(wanted, mine, taken, in_range) if wanted and wanted != known else ""
                port["nodePort"] = wanted or known
            if problem:
                return [invalid(f"spec.ports[{index}].nodePort", port["nodePort"], problem)]
        if needs_health_check(spec):
            wanted = spec.get("healthCheckNodePort") or 0
            problem = self._claim_port(wanted, mine, taken, in_range) if wanted else ""
            if problem:
                return [internal_error("", f"failed to allocate requested HealthCheck NodePort {wanted}: {problem}")]
            spec["healthCheckNodePort"] = wanted or (_guessed_port(taken) if not in_range else self._next_port(taken))
        return []

    def _next_port(self, taken: set[str]) -> int:
        start = self._random.randrange(len(self._ports))
        for offset in range(len(self._ports)):
            port = self._ports[(start + offset) % len(self._ports)]
            if not self._is_taken(str(port), taken):
                taken.add(str(port))
                return port
        return 0

    def _claim_port(self, port: int, mine: set[str], taken: set[str], in_range: bool) -> str:
        if str(port) in mine and str(port) not in taken:
            return ""
        if in_range and port not in self._ports:  # on a dry run the server does not look at the range
            return (
                "provided port is not in the valid range. "
                f"The range of valid ports is {self._ports.start}-{self._ports.stop - 1}"
            )
        if self._is_taken(str(port), taken):
            return "provided port is already allocated"
        taken.add(str(port))
        return ""

    def _is_taken(self, key: str, taken: set[str]) -> bool:
        if key in taken or key in self._owners:
            return True
        reserved = self._reserved.get(key)
        if reserved is not None and reserved[0] < time.monotonic():
            del self._reserved[key]
            return False
        return reserved is not None


def _family(ip: str) -> str:
    return "IPv6" if is_ipv6(ip) else "IPv4"


def _bounds(network: Network) -> tuple[int, int]:
    first, last = int(network.network_address) + 1, int(network.broadcast_address)
    return first, last - 1 if network.version == 4 else last


def _static_part(size: int) -> int:
    return min(max(16, size // 16), 256) if size >= 16 else 0


def _keys(spec: Object) -> set[str]:
    keys = {ip for ip in spec.get("clusterIPs") or () if ip and ip != NONE}
    keys |= {str(port["nodePort"]) for port in spec.get("ports") or () if port.get("nodePort")}
    if spec.get("healthCheckNodePort"):
        keys.add(str(spec["healthCheckNodePort"]))
    return keys


def _guessed_port(taken: set[str]) -> int:
    """A node port for a dry run: one after the highest that this service has been given, free or not."""
    port = max((int(text) + 1 for text in taken if text.isdigit()), default=_GUESS)
    taken.add(str(port))
    return port
