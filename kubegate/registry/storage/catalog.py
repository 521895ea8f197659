"""The kinds of storage.k8s.io."""

from __future__ import annotations

from kubegate.registry.interface import Strategy
from kubegate.registry.storage.attachments import VOLUME_ATTACHMENT
from kubegate.registry.storage.capacities import CSI_STORAGE_CAPACITY
from kubegate.registry.storage.classes import STORAGE_CLASS, VOLUME_ATTRIBUTES_CLASS
from kubegate.registry.storage.drivers import CSI_DRIVER, CSI_NODE

STRATEGIES: tuple[Strategy, ...] = (
    STORAGE_CLASS,
    VOLUME_ATTRIBUTES_CLASS,
    CSI_DRIVER,
    CSI_NODE,
    CSI_STORAGE_CAPACITY,
    VOLUME_ATTACHMENT,
)
