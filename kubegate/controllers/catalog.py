"""Every controller, as one list; names are kube-controller-manager's."""

from __future__ import annotations

from kubegate.controllers import definitions, garbage, namespaces, policy_status, root_ca, service_accounts
from kubegate.controllers.interface import Controller

CONTROLLERS: tuple[Controller, ...] = (
    definitions.CONTROLLER,
    service_accounts.CONTROLLER,
    root_ca.CONTROLLER,
    namespaces.CONTROLLER,
    garbage.CONTROLLER,
    policy_status.CONTROLLER,
)
