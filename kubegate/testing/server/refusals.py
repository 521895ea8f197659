"""Why an operator was refused, and what would have allowed it."""

from __future__ import annotations

from collections.abc import Iterable

import yaml

from kubegate.analysis.explain.decision import explain
from kubegate.api.names import Object
from kubegate.authz.chain import Chain
from kubegate.authz.rbac.index import RbacAuthorizer
from kubegate.testing.server.journal import Seen

_MISSES = 3


class Refused(AssertionError):
    """An operator asked for what its service account may not do."""


def described(user: str, refused: Iterable[Seen], chain: Chain, rbac: RbacAuthorizer, roles: Iterable[Object]) -> str:
    """The requests, each once, with the nearest misses; then the roles with which all requests would pass."""
    together: dict[tuple[str, str], list[Seen]] = {}
    for seen in refused:
        together.setdefault((seen.request.partition("?")[0], seen.message), []).append(seen)
    lines = [f"{user} was refused {len(together)} request{'s' * (len(together) != 1)}:"]
    for (request, message), times in together.items():
        lines.append(f"  {request}" + (f" ({len(times)} times)" if len(times) > 1 else ""))
        lines.append(f"    {message}")
        if times[0].unauthorized:
            told = explain(chain, rbac, times[0].attributes)
            for miss in told.misses[:_MISSES]:
                lines += [f"    nearest miss: {miss.text}", f"      {miss.remedy}"]
    lines += ["the least that all its requests need:", yaml.safe_dump_all(list(roles), sort_keys=False)]
    return "\n".join(lines)
