"""The strategies and conversions of every built-in kind, as one readable list."""

from __future__ import annotations

from kubegate.registry.admissionregistration.bindings import STRATEGIES as POLICY_BINDINGS
from kubegate.registry.admissionregistration.policies import STRATEGIES as POLICIES
from kubegate.registry.admissionregistration.webhooks import STRATEGIES as WEBHOOKS
from kubegate.registry.apiregistration.services import API_SERVICE
from kubegate.registry.apps.controller_revisions import CONTROLLER_REVISION
from kubegate.registry.apps.daemon_sets import DAEMON_SET
from kubegate.registry.apps.deployments import DEPLOYMENT
from kubegate.registry.apps.replica_sets import REPLICA_SET
from kubegate.registry.apps.stateful_sets import STATEFUL_SET
from kubegate.registry.autoscaling.autoscalers import HORIZONTAL_POD_AUTOSCALER
from kubegate.registry.batch.cron_jobs import CRON_JOB
from kubegate.registry.batch.jobs import JOB
from kubegate.registry.certificates.requests import CERTIFICATE_SIGNING_REQUEST
from kubegate.registry.certificates.trust_bundles import CLUSTER_TRUST_BUNDLE
from kubegate.registry.conversions import CONVERSIONS
from kubegate.registry.coordination.leases import LEASE, LEASE_CANDIDATE
from kubegate.registry.core.catalog import STRATEGIES as CORE
from kubegate.registry.custom.definition import DEFINITION
from kubegate.registry.discovery.endpoint_slices import ENDPOINT_SLICE
from kubegate.registry.flowcontrol.levels import PRIORITY_LEVEL
from kubegate.registry.flowcontrol.schemas import FLOW_SCHEMA
from kubegate.registry.interface import Strategy
from kubegate.registry.networking.addresses import IP_ADDRESS, SERVICE_CIDR
from kubegate.registry.networking.ingresses import INGRESS, INGRESS_CLASS
from kubegate.registry.networking.policies import NETWORK_POLICY
from kubegate.registry.node.runtime_classes import RUNTIME_CLASS
from kubegate.registry.policy.budgets import POD_DISRUPTION_BUDGET
from kubegate.registry.rbac.roles import STRATEGIES as RBAC
from kubegate.registry.registry import Registry
from kubegate.registry.resource.claims import RESOURCE_CLAIM, RESOURCE_CLAIM_TEMPLATE
from kubegate.registry.resource.classes import DEVICE_CLASS
from kubegate.registry.resource.slices import RESOURCE_SLICE
from kubegate.registry.scheduling.priorities import PRIORITY_CLASS
from kubegate.registry.storage.catalog import STRATEGIES as STORAGE

STRATEGIES: tuple[Strategy, ...] = (
    *CORE,
    DEPLOYMENT,
    REPLICA_SET,
    STATEFUL_SET,
    DAEMON_SET,
    CONTROLLER_REVISION,
    JOB,
    CRON_JOB,
    DEFINITION,
    *RBAC,
    POD_DISRUPTION_BUDGET,
    NETWORK_POLICY,
    INGRESS,
    INGRESS_CLASS,
    SERVICE_CIDR,
    IP_ADDRESS,
    *STORAGE,
    PRIORITY_CLASS,
    HORIZONTAL_POD_AUTOSCALER,
    LEASE,
    LEASE_CANDIDATE,
    ENDPOINT_SLICE,
    RUNTIME_CLASS,
    *WEBHOOKS,
    *POLICIES,
    *POLICY_BINDINGS,
    CERTIFICATE_SIGNING_REQUEST,
    CLUSTER_TRUST_BUNDLE,
    FLOW_SCHEMA,
    PRIORITY_LEVEL,
    API_SERVICE,
    DEVICE_CLASS,
    RESOURCE_CLAIM,
    RESOURCE_CLAIM_TEMPLATE,
    RESOURCE_SLICE,
)


def build_registry() -> Registry:
    """The registry of the built-in kinds."""
    strategies = {strategy.resource: strategy for strategy in STRATEGIES}
    strategies["events.events.k8s.io"] = strategies["events"]
    return Registry(strategies, CONVERSIONS)
