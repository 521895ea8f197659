"""The kinds of the core group."""

from __future__ import annotations

from kubegate.registry.core.configuration import CONFIG_MAP, SECRET
from kubegate.registry.core.events import EVENT
from kubegate.registry.core.limits import LIMIT_RANGE
from kubegate.registry.core.namespaces import NAMESPACE
from kubegate.registry.core.nodes import NODE
from kubegate.registry.core.pods.pod import POD
from kubegate.registry.core.pods.templates import POD_TEMPLATE
from kubegate.registry.core.quotas import RESOURCE_QUOTA
from kubegate.registry.core.replication_controllers import REPLICATION_CONTROLLER
from kubegate.registry.core.service_accounts import SERVICE_ACCOUNT
from kubegate.registry.core.services.endpoints import ENDPOINTS
from kubegate.registry.core.services.service import SERVICE
from kubegate.registry.core.volumes.claims import CLAIM
from kubegate.registry.core.volumes.volumes import VOLUME
from kubegate.registry.interface import Strategy

STRATEGIES: tuple[Strategy, ...] = (
    POD,
    POD_TEMPLATE,
    REPLICATION_CONTROLLER,
    SERVICE,
    ENDPOINTS,
    NAMESPACE,
    NODE,
    CONFIG_MAP,
    SECRET,
    SERVICE_ACCOUNT,
    LIMIT_RANGE,
    RESOURCE_QUOTA,
    VOLUME,
    CLAIM,
    EVENT,
)
