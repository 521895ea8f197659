"""Which requests are meant: by verb, resource, namespace, name, path, method and user."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase

from kubegate.api.request import RequestInfo
from kubegate.apiserver.exchange import Exchange


@dataclass(frozen=True, slots=True)
class Pattern:
    """``*`` stands for any text and "" for anything at all.

    ``resource`` is ``pods``, ``deployments`` or ``deployments.apps``, with a subresource ``pods/status``; ``method`` is
    that of HTTP, ``verb`` as in a Role."""

    verb: str = ""
    resource: str = ""
    namespace: str = ""
    name: str = ""
    path: str = ""
    method: str = ""
    user: str = ""

    def matches(self, exchange: Exchange) -> bool:
        """Whether a request is meant; its user is who sent it."""
        info = exchange.info
        return (
            _fits(self.verb, info.verb)
            and (not self.resource or any(fnmatchcase(name, self.resource) for name in resource_names(info)))
            and _fits(self.namespace, info.namespace)
            and _fits(self.name, info.name)
            and _fits(self.path, exchange.request.path)
            and _fits(self.method.upper(), exchange.request.method)
            and _fits(self.user, exchange.user.name)
        )


def _fits(pattern: str, text: str) -> bool:
    return not pattern or fnmatchcase(text, pattern)


def resource_names(info: RequestInfo) -> list[str]:
    """``deployments/scale``, ``deployments.apps/scale``; nothing if no resource is meant."""
    if not info.is_resource:
        return []
    below = f"/{info.subresource}" if info.subresource else ""
    return [f"{info.resource}{below}", *([f"{info.resource}.{info.group}{below}"] if info.group else [])]
