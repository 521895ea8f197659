"""The chain of authorizers, from flags or from an AuthorizationConfiguration."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from kubegate.api.duration import SECOND
from kubegate.api.field_errors import aggregate, joined
from kubegate.authz.abac.authorizer import AbacAuthorizer
from kubegate.authz.abac.load import load_policy_file
from kubegate.authz.always import AlwaysAllow, AlwaysDeny
from kubegate.authz.chain import Chain
from kubegate.authz.configuration.model import AuthorizerSpec, WebhookSpec, load_authorization_configuration
from kubegate.authz.configuration.validate import ACCESS_POLICY, missing_complaint, name_complaints, new_complaint, validate
from kubegate.authz.interface import Authorizer, Decision
from kubegate.authz.observer import NOBODY, ObservedChain, Observer
from kubegate.authz.privileged import PrivilegedGroups
from kubegate.authz.webhook.authorizer import MatchCondition, WebhookAuthorizer, WebhookSettings
from kubegate.compose.order import denies_late
from kubegate.config.authz import AuthzOptions
from kubegate.errors import ConfigurationError
from kubegate.outbound.client import Client
from kubegate.outbound.in_cluster import in_cluster
from kubegate.outbound.kubeconfig import load_kubeconfig

_LOG = logging.getLogger(__name__)

AccessMaker = Callable[[Sequence[str]], Authorizer]
"""Makes the authorizer of AccessPolicies from the paths of their files, and of what else there is."""


def _access(paths: Sequence[str]) -> Authorizer:
    if not paths:
        raise ConfigurationError("authorization-mode AccessPolicy's access-policy-file not passed")
    # Here, because the expression language is needed only where conditions are.
    from kubegate.compose.access import access_from_files

    return access_from_files(paths)


def build_authz(
    options: AuthzOptions,
    indexes: Mapping[str, Authorizer],
    access: AccessMaker = _access,
    observer: Observer | None = None,
    started: Collection[str] = (),
) -> Chain:
    """The chain in force. ``indexes``: the authorizers that read cluster objects, ``RBAC`` and ``Node``.
    ``observer`` is told of the decisions. ``started``: the types that a server started with, if this is a reload of its
    configuration file; then they must stay.

    Members of system:masters are allowed before any of them is asked. Raises `ConfigurationError` with every complaint."""
    complaints = options.complaints()
    if complaints:
        raise ConfigurationError(joined(complaints))
    if options.authorization_config:
        members = _configured(options, indexes, access, observer or NOBODY, started)
    else:
        members = [_by_mode(mode, options, indexes, access, observer or NOBODY) for mode in options.modes]
    if note := denies_late(kind for kind, _, _ in members):
        _LOG.warning(note)
    if observer is not None:
        return ObservedChain(PrivilegedGroups(), members, observer)
    return Chain([PrivilegedGroups(), *(member for _, _, member in members)])


Named = tuple[str, str, Authorizer]
"""Type, name, authorizer."""


def _by_mode(
    mode: str, options: AuthzOptions, indexes: Mapping[str, Authorizer], access: AccessMaker, observer: Observer
) -> Named:
    if mode == ACCESS_POLICY:
        return mode, mode.lower(), access(options.access_policy_file)
    if mode == "Webhook":
        return mode, "default", _flag_webhook(options, observer)
    return mode, mode.lower(), _plain(mode, options, indexes)


def _plain(mode: str, options: AuthzOptions, indexes: Mapping[str, Authorizer]) -> Authorizer:
    makers: dict[str, Callable[[], Authorizer]] = {
        "AlwaysAllow": AlwaysAllow,
        "AlwaysDeny": AlwaysDeny,
        "ABAC": lambda: _abac(options.authorization_policy_file),
    }
    if mode in indexes:
        return indexes[mode]
    if mode not in makers:
        raise ConfigurationError(f"authorizer {mode} is not available here")
    return makers[mode]()


def _abac(path: str) -> Authorizer:
    if not path:
        raise ConfigurationError("authorization-mode ABAC's authorization policy file not passed")
    try:
        return AbacAuthorizer(load_policy_file(path), file=path)
    except ConfigurationError as error:
        raise ConfigurationError(f"invalid authorization config: {error}") from error


def _flag_webhook(options: AuthzOptions, observer: Observer) -> Authorizer:
    if options.authorization_webhook_version not in ("v1", "v1beta1"):
        raise ConfigurationError(
            f'unsupported webhook authorizer version "{options.authorization_webhook_version}", supported versions are '
            '"v1", "v1beta1"'
        )
    settings = WebhookSettings(
        name="default",
        version=options.authorization_webhook_version,
        authorized_ttl=options.authorization_webhook_cache_authorized_ttl,
        unauthorized_ttl=options.authorization_webhook_cache_unauthorized_ttl,
        timeout=30.0,
    )
    remote = load_kubeconfig(options.authorization_webhook_config_file)
    return WebhookAuthorizer(settings, Client(remote, timeout=settings.timeout), observer=observer)


def _configured(
    options: AuthzOptions,
    indexes: Mapping[str, Authorizer],
    access: AccessMaker,
    observer: Observer,
    started: Collection[str],
) -> list[Named]:
    # Here, because the expression language is needed only where conditions are.
    from kubegate.authz.configuration.conditions import check_condition, compile_condition

    configuration = load_authorization_configuration(options.authorization_config)
    errors = validate(configuration, check_condition)
    if errors:
        raise ConfigurationError(aggregate(errors))
    types = [spec.type for spec in configuration.authorizers]
    complaints = name_complaints(configuration)
    if started:
        complaints += filter(None, [missing_complaint(types, started)])
    if complaints:
        raise ConfigurationError(joined(complaints))
    if started and (complaint := new_complaint(types, started)):
        raise ConfigurationError(complaint)
    members: list[Named] = []
    for spec in configuration.authorizers:
        if spec.type == ACCESS_POLICY:
            member = access(spec.accessPolicy.paths if spec.accessPolicy else ())
        elif spec.webhook is None:
            member = _plain(spec.type, options, indexes)
        else:
            member = _webhook(spec.name, spec.webhook, compile_condition, observer)
        members.append((spec.type, spec.name, member))
    return members


def _webhook(name: str, spec: WebhookSpec, compile_condition: Callable[[str], Any], observer: Observer) -> Authorizer:
    conditions: list[MatchCondition] = [compile_condition(condition.expression) for condition in spec.matchConditions]
    settings = WebhookSettings(
        name=name,
        version=spec.subjectAccessReviewVersion,
        authorized_ttl=spec.authorizedTTL / SECOND,
        unauthorized_ttl=spec.unauthorizedTTL / SECOND,
        timeout=spec.timeout / SECOND,
        on_failure=Decision.DENY if spec.failurePolicy == "Deny" else Decision.NO_OPINION,
        cache_authorized=spec.cacheAuthorizedRequests,
        cache_unauthorized=spec.cacheUnauthorizedRequests,
    )
    file = spec.connectionInfo.kubeConfigFile
    remote = load_kubeconfig(file) if file else in_cluster()
    return WebhookAuthorizer(settings, Client(remote, timeout=settings.timeout), conditions, observer=observer)


def policy_files(options: AuthzOptions) -> list[str]:
    """The files that a chain is made from: those of the flags, and those that the configuration file names now."""
    paths = [*options.access_policy_file, options.authorization_policy_file, options.authorization_config]
    paths += [path for spec in _specs(options) if spec.accessPolicy for path in spec.accessPolicy.paths]
    return [path for path in paths if path]


def authorizer_types(options: AuthzOptions) -> frozenset[str]:
    """The types of the authorizers in the configuration file as it is now."""
    return frozenset(spec.type for spec in _specs(options))


def decides_by_access_policies(options: AuthzOptions) -> bool:
    """Are AccessPolicies asked?"""
    if options.authorization_config:
        return any(spec.type == ACCESS_POLICY for spec in _specs(options))
    return ACCESS_POLICY in options.modes


def _specs(options: AuthzOptions) -> Sequence[AuthorizerSpec]:
    if not options.authorization_config:
        return ()
    try:
        return load_authorization_configuration(options.authorization_config).authorizers
    except ConfigurationError:
        return ()  # told when it is loaded
