"""Which resources a server has: the built-in ones, and those that ``--runtime-config`` switches on or off.

Source: k8s.io/apiserver ``server/resourceconfig`` and ``pkg/controlplane`` (DefaultAPIResourceConfigSource).
"""

from __future__ import annotations

from collections.abc import Mapping

from kubegate.api.catalog import Catalog, Resource, builtin, optional
from kubegate.errors import ConfigurationError

_LEVELS = ("api/all", "api/ga", "api/beta", "api/alpha")


def served_catalog(runtime_config: Mapping[str, str]) -> Catalog:
    """The catalog under these settings. Raises `ConfigurationError` for a key or value that means nothing."""
    settings = {key: _truth(key, value) for key, value in runtime_config.items()}
    off_by_default = optional()
    _check(settings, [*builtin(), *off_by_default])
    more = [resource for resource in off_by_default if _setting(settings, resource, default=False)]
    gone = [resource.gvr for resource in builtin() if not _setting(settings, resource, default=True)]
    catalog = builtin()
    if gone:
        catalog = catalog.without(gone)
    return catalog.extended(more) if more else catalog


def _truth(key: str, value: str) -> bool:
    if value.lower() not in ("true", "false"):
        raise ConfigurationError(f"invalid value {key}={value} for --runtime-config: must be true or false")
    return value.lower() == "true"


def _names(resource: Resource) -> tuple[str, str]:
    gvr = resource.gvr
    version = f"{gvr.group}/{gvr.version}" if gvr.group else f"api/{gvr.version}"
    return version, f"{version}/{gvr.resource}"


def _level(version: str) -> str:
    return "api/alpha" if "alpha" in version else "api/beta" if "beta" in version else "api/ga"


def _setting(settings: Mapping[str, bool], resource: Resource, *, default: bool) -> bool:
    """The most specific setting counts: resource, version, level, all."""
    version, name = _names(resource)
    keys = (
        name,
        version,
        resource.gvr.version if not resource.gvr.group else version,
        _level(resource.gvr.version),
        "api/all",
    )
    return next((settings[key] for key in keys if key in settings), default)


def _check(settings: Mapping[str, bool], resources: list[Resource]) -> None:
    known = {key for resource in resources for key in _names(resource)} | set(_LEVELS) | {"v1"}
    unknown = sorted(set(settings) - known)
    if unknown:
        raise ConfigurationError(f"unknown api groups or versions in --runtime-config: {', '.join(unknown)}")
