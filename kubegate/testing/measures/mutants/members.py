"""Members of the chain of authorizers, made anew of changed policies."""

from __future__ import annotations

from collections.abc import Callable

from kubegate.analysis.mutation.mutant import Mutant
from kubegate.analysis.mutation.witnesses.line_examples import mutated_lines
from kubegate.api.names import Object
from kubegate.authz.abac.authorizer import AbacAuthorizer
from kubegate.authz.access.authorizer import AccessPolicyAuthorizer
from kubegate.authz.configuration.conditions import compile_condition
from kubegate.authz.interface import Authorizer
from kubegate.bundle.state import ClusterState
from kubegate.compose.dry_run import ACCESS, ACCESS_GROUP

Rebuild = Callable[[ClusterState, Authorizer, Mutant], Authorizer]


def access_policies(state: ClusterState, member: Authorizer, mutant: Mutant) -> Authorizer:
    """The AccessPolicies with the mutant among them; raises `KubegateError` for one that is wrong."""
    policies: list[Object] = []
    for obj in state.of_kind(ACCESS_GROUP, ACCESS):
        changed = mutant.mutated if obj is mutant.target else obj
        if changed is not None:
            policies.append(changed)
    return AccessPolicyAuthorizer(policies, compile_condition)


def abac_lines(state: ClusterState, member: Authorizer, mutant: Mutant) -> Authorizer:
    """The file's lines with the mutant among them."""
    assert isinstance(member, AbacAuthorizer)
    return mutated_lines(member, mutant)
