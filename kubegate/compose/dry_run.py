"""The engine of the dry-run commands: manifests in, the chain of authorizers out; no server, no cluster.

Only what the chosen modes need is imported: `kubegate can-i` must start quickly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from kubegate.api.names import Object, name_of
from kubegate.authz.always import AlwaysAllow, AlwaysDeny
from kubegate.authz.chain import Chain
from kubegate.authz.interface import Authorizer
from kubegate.authz.kinds import is_access
from kubegate.authz.node.authorizer import NodeAuthorizer
from kubegate.authz.privileged import PrivilegedGroups
from kubegate.authz.rbac.aggregation import aggregate
from kubegate.authz.rbac.index import RbacAuthorizer
from kubegate.bundle.bootstrap import rbac_objects
from kubegate.bundle.load import Loaded, Told, load
from kubegate.bundle.state import ClusterState, Origin
from kubegate.compose.order import denies_late
from kubegate.errors import ConfigurationError, InvalidInput
from kubegate.selectors.label_selector import from_object

RBAC_GROUP = "rbac.authorization.k8s.io"
RBAC_KINDS = ("ClusterRole", "Role", "ClusterRoleBinding", "RoleBinding")
DEFAULT_MODES = ("Node", "RBAC")
ACCESS_GROUP, ACCESS = "policy.kubegate.dev", "AccessPolicy"
_PLAIN = {"RBAC", "Node", ACCESS, "AlwaysAllow", "AlwaysDeny"}
"""Modes without files of their own."""


@dataclass(frozen=True)
class DryRunOptions:
    """What the common options of the commands say; the names are those of kube-apiserver's flags."""

    filenames: tuple[str, ...] = ()
    authorization_mode: tuple[str, ...] = ()
    authorization_policy_file: str = ""
    access_policy_file: tuple[str, ...] = ()
    authorization_config: str = ""
    authorization_webhook_config_file: str = ""
    bootstrap_policy: bool = True
    default_namespace: str = "default"
    keep_going: bool = False


@dataclass
class Engine:
    """The chain, its RBAC member (also where RBAC is not in the chain: questions about it are answered all the same), and
    the state it was made from; ``problems`` were left out of it, ``notes`` are doubts about it."""

    chain: Chain
    rbac: RbacAuthorizer
    state: ClusterState
    problems: list[InvalidInput] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    modes: tuple[str, ...] = DEFAULT_MODES
    may_deny: bool = False
    """Whether a policy that denies may be among the problems."""


def build_engine(
    options: DryRunOptions,
    *,
    locate: bool = True,
    extra: Iterable[tuple[Object, Origin]] = (),
    loaded: Loaded | None = None,
    told: Told = lambda file, count: None,
) -> Engine:
    """Load the manifests and make the engine. ``locate``: verdicts say where binding and rule stand (costs a little).
    ``extra``: objects besides those of the manifests, and where they stand. ``loaded``: what the files hold, if they have
    been read already; it stays as it is. ``told`` hears how far reading is.

    Raises `InvalidInput` for wrong files, `ConfigurationError` for wrong modes."""
    if loaded is None:
        namespace = options.default_namespace
        loaded = load(options.filenames, default_namespace=namespace, keep_going=options.keep_going, told=told)
    state = loaded.state.copy()
    for obj, origin in extra:
        state.add(obj, origin)
    if options.bootstrap_policy:
        state.merge(rbac_objects())
    aggregate_roles(state)
    policies = state.of_kind(RBAC_GROUP, *RBAC_KINDS)
    rbac = RbacAuthorizer(policies, locate=state.locate) if locate else RbacAuthorizer(policies)
    modes = options.authorization_mode or default_modes(state, options.access_policy_file)
    if options.access_policy_file and ACCESS not in modes:
        raise ConfigurationError("cannot specify --access-policy-file without mode AccessPolicy")
    problems, may_deny = list(loaded.problems), [loaded.may_deny]

    def left_out(policy: Object, error: InvalidInput) -> None:
        problems.append(error)
        may_deny.append((policy.get("spec") or {}).get("effect") != "Allow")

    chain = _chain(options, modes, rbac, state, left_out if options.keep_going else None)
    notes = [*loaded.notes, *_doubts(chain, modes, state)]
    return Engine(chain, rbac, state, problems, notes, modes, any(may_deny))


def default_modes(state: ClusterState, access_files: Sequence[str] = ()) -> tuple[str, ...]:
    """``Node,RBAC``, after ``AccessPolicy`` where there are such policies."""
    return (ACCESS, *DEFAULT_MODES) if access_files or state.of_kind(ACCESS_GROUP, ACCESS) else DEFAULT_MODES


def _doubts(chain: Chain, modes: tuple[str, ...], state: ClusterState) -> list[str]:
    """AccessPolicies among the manifests that cannot do what they say, where they stand in the chain."""
    policies = state.of_kind(ACCESS_GROUP, ACCESS)
    if policies and not any(map(is_access, chain.members)):
        count = "1 AccessPolicy is" if len(policies) == 1 else f"{len(policies)} AccessPolicies are"
        return [f"{count} not asked: the chain of authorizers has no AccessPolicy"]
    # Where there are files of other authorizers, `build_authz` has said it.
    if set(modes) - _PLAIN or not any((policy.get("spec") or {}).get("effect") == "Deny" for policy in policies):
        return []
    return [note for note in (denies_late(modes),) if note]


def aggregate_roles(state: ClusterState) -> None:
    """Fill in the rules of ClusterRoles that are aggregated from others, as the controller of a cluster does."""
    roles = state.of_kind(RBAC_GROUP, "ClusterRole")
    if not any(role.get("aggregationRule") for role in roles):
        return
    rules = aggregate(roles, lambda selector, labels: from_object(selector).matches(labels))
    for role in roles:
        settled = rules.get(name_of(role))
        if settled is not None and settled != role.get("rules"):
            state.replace(role, {**role, "rules": settled})


def _chain(
    options: DryRunOptions,
    modes: tuple[str, ...],
    rbac: RbacAuthorizer,
    state: ClusterState,
    left_out: Callable[[Object, InvalidInput], None] | None,
) -> Chain:
    makers: dict[str, Callable[[], Authorizer]] = {
        "RBAC": lambda: rbac,
        "Node": lambda: NodeAuthorizer(state),
        ACCESS: lambda: _access(state, options.access_policy_file, left_out),
        "AlwaysAllow": AlwaysAllow,
        "AlwaysDeny": AlwaysDeny,
    }
    if not options.authorization_config and not set(modes) - _PLAIN:
        return Chain([PrivilegedGroups(), *(makers[mode]() for mode in modes)])
    # Files of other authorizers need their readers (and, for webhooks, a client), which take long to import.
    from kubegate.compose.authz import build_authz
    from kubegate.config.authz import AuthzOptions

    authz_options = AuthzOptions(
        authorization_mode=list(options.authorization_mode or (() if options.authorization_config else modes)),
        authorization_policy_file=options.authorization_policy_file,
        access_policy_file=list(options.access_policy_file),
        authorization_config=options.authorization_config,
        authorization_webhook_config_file=options.authorization_webhook_config_file,
    )
    return build_authz(
        authz_options,
        {mode: makers[mode]() for mode in ("RBAC", "Node")},
        access=lambda paths: _access(state, paths, left_out),
    )


def _access(
    state: ClusterState, paths: Sequence[str], left_out: Callable[[Object, InvalidInput], None] | None
) -> Authorizer:
    # Imported where there are such policies: their conditions need the expression language.
    from kubegate.compose.access import access_from_state

    return access_from_state(state, paths, left_out)
