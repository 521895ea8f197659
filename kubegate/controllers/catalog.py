"""Every controller, as one list; names are kube-controller-manager's."""

from __future__ import annotations

from kubegate.controllers import (
    bootstrap_tokens,
    certificate_signing,
    cron_jobs,
    daemon_sets,
    definitions,
    deployments,
    disruption,
    endpoint_slices,
    garbage,
    jobs,
    namespaces,
    node_ttl,
    policy_status,
    replica_sets,
    resource_quotas,
    root_ca,
    service_accounts,
    stateful_sets,
    ttl_after_finished,
)
from kubegate.controllers.interface import Controller

CONTROLLERS: tuple[Controller, ...] = (
    definitions.CONTROLLER,
    service_accounts.CONTROLLER,
    root_ca.CONTROLLER,
    namespaces.CONTROLLER,
    node_ttl.CONTROLLER,
    garbage.CONTROLLER,
    deployments.CONTROLLER,
    replica_sets.REPLICA_SETS,
    replica_sets.REPLICATION_CONTROLLERS,
    endpoint_slices.SLICES,
    endpoint_slices.ENDPOINTS,
    certificate_signing.SIGNING,
    certificate_signing.APPROVING,
    certificate_signing.CLEANER,
    jobs.CONTROLLER,
    cron_jobs.CONTROLLER,
    ttl_after_finished.CONTROLLER,
    disruption.CONTROLLER,
    stateful_sets.CONTROLLER,
    daemon_sets.CONTROLLER,
    policy_status.CONTROLLER,
    resource_quotas.CONTROLLER,
    bootstrap_tokens.SIGNER,
    bootstrap_tokens.CLEANER,
)
