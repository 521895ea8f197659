"""The strategies and conversions of every built-in kind, as one readable list."""

from __future__ import annotations

from kubegate.api.names import GroupVersionResource
from kubegate.registry.admissionregistration.policy_catalog import STRATEGIES as ADMISSION_POLICIES
from kubegate.registry.apps.controller_revisions import CONTROLLER_REVISION
from kubegate.registry.apps.daemon_sets import DAEMON_SET
from kubegate.registry.apps.deployments import DEPLOYMENT
from kubegate.registry.apps.replica_sets import REPLICA_SET
from kubegate.registry.apps.stateful_sets import STATEFUL_SET
from kubegate.registry.batch.cron_jobs import CRON_JOB
from kubegate.registry.batch.jobs import JOB
from kubegate.registry.core.catalog import STRATEGIES as CORE
from kubegate.registry.custom.definition import DEFINITION
from kubegate.registry.interface import Strategy
from kubegate.registry.registry import Conversion, Registry

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
    *ADMISSION_POLICIES,
)


def build_registry() -> Registry:
    """The registry of the built-in kinds."""
    conversions: dict[GroupVersionResource, Conversion] = {}
    return Registry({strategy.resource: strategy for strategy in STRATEGIES}, conversions)
