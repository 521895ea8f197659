"""The authorizer of AccessPolicies, from files or from a state that has been loaded."""

from __future__ import annotations

from collections.abc import Sequence

from kubegate.authz.access.authorizer import AccessPolicyAuthorizer
from kubegate.authz.access.model import GROUP, KIND
from kubegate.authz.configuration.conditions import compile_condition
from kubegate.bundle.load import load
from kubegate.bundle.state import ClusterState
from kubegate.errors import ConfigurationError


def access_from_state(state: ClusterState) -> AccessPolicyAuthorizer:
    """The policies among the objects of a state. Raises `InvalidInput` for a wrong one."""
    return AccessPolicyAuthorizer(state.of_kind(GROUP, KIND), compile_condition, locate=state.locate)


def access_from_files(paths: Sequence[str]) -> AccessPolicyAuthorizer:
    """The policies of files and directories; other kinds in them are an error, since they would do nothing."""
    state = load(paths).state
    others = [obj for obj in state if obj not in state.of_kind(GROUP, KIND)]
    if others:
        place = state.locate(others[0])
        raise ConfigurationError(
            f"{place}: only AccessPolicies belong in --access-policy-file, this is a {others[0]['kind']}"
        )
    return access_from_state(state)
