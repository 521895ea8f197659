"""The authorizer of AccessPolicies, from files, from a state that has been loaded, from the API of a server."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from kubegate.authz.access.authorizer import AccessPolicyAuthorizer, utc_now
from kubegate.authz.access.index import RESOURCE, AccessPolicyIndex
from kubegate.authz.access.model import GROUP, KIND
from kubegate.authz.configuration.conditions import compile_condition
from kubegate.bundle.load import load
from kubegate.bundle.state import ClusterState
from kubegate.compose.indexes import follow
from kubegate.errors import ConfigurationError
from kubegate.store.interface import Store


def access_from_state(state: ClusterState, paths: Sequence[str] = ()) -> AccessPolicyAuthorizer:
    """The policies among the objects of a state, and those of files. Raises `InvalidInput` for a wrong one."""
    files = _only_policies(paths)
    objects = [*state.of_kind(GROUP, KIND), *files.of_kind(GROUP, KIND)]
    return AccessPolicyAuthorizer(
        objects, compile_condition, locate=lambda obj, path: state.locate(obj, path) or files.locate(obj, path)
    )


def access_from_files(
    paths: Sequence[str], index: AccessPolicyIndex | None = None, now: Callable[[], datetime] = utc_now
) -> AccessPolicyAuthorizer:
    """The policies of files and directories, and those of ``index``; ``now`` decides which are in force. Raises
    `KubegateError` for a wrong one."""
    state = _only_policies(paths)
    policies = state.of_kind(GROUP, KIND)
    return AccessPolicyAuthorizer(policies, compile_condition, locate=state.locate, index=index, now=now)


def _only_policies(paths: Sequence[str]) -> ClusterState:
    """Other kinds in the files are an error, since they would do nothing."""
    state = load(paths).state
    others = [obj for obj in state if obj not in state.of_kind(GROUP, KIND)]
    if others:
        place = state.locate(others[0])
        raise ConfigurationError(
            f"{place}: only AccessPolicies belong in --access-policy-file, this is a {others[0]['kind']}"
        )
    return state


def access_index(store: Store) -> AccessPolicyIndex:
    """The policies in a store, kept up to date by its events."""
    index = AccessPolicyIndex(compile_condition)
    follow(store, [RESOURCE], index)
    return index
