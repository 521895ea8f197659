"""Which kind is printed by which function, by ``group/resource``; kinds that are not here have name and time of creation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kubegate.api.names import Object
from kubegate.apiserver.tables import core, others, pods, workloads
from kubegate.apiserver.tables.cells import Printer

_ADMISSION, _FLOW, _STORAGE = "admissionregistration.k8s.io", "flowcontrol.apiserver.k8s.io", "storage.k8s.io"

PRINTERS: Mapping[str, Printer] = {
    "/pods": pods.pod,
    "/namespaces": core.namespace,
    "/configmaps": core.config_map,
    "/secrets": core.secret,
    "/serviceaccounts": core.service_account,
    "/services": core.service,
    "/endpoints": core.endpoints,
    "/nodes": core.node,
    "/persistentvolumes": core.persistent_volume,
    "/persistentvolumeclaims": core.persistent_volume_claim,
    "/resourcequotas": core.resource_quota,
    "/events": core.event,
    "events.k8s.io/events": core.event,
    "/replicationcontrollers": core.replication_controller,
    "/podtemplates": core.pod_template,
    "/componentstatuses": core.component_status,
    "apps/deployments": workloads.deployment,
    "apps/replicasets": workloads.replica_set,
    "apps/statefulsets": workloads.stateful_set,
    "apps/daemonsets": workloads.daemon_set,
    "apps/controllerrevisions": workloads.controller_revision,
    "batch/jobs": workloads.job,
    "batch/cronjobs": workloads.cron_job,
    "autoscaling/horizontalpodautoscalers": workloads.horizontal_pod_autoscaler,
    "autoscaling/scale": workloads.scale,
    "policy/poddisruptionbudgets": workloads.pod_disruption_budget,
    "networking.k8s.io/ingresses": others.ingress,
    "networking.k8s.io/ingressclasses": others.ingress_class,
    "networking.k8s.io/networkpolicies": others.network_policy,
    "networking.k8s.io/ipaddresses": others.ip_address,
    "networking.k8s.io/servicecidrs": others.service_cidr,
    "discovery.k8s.io/endpointslices": others.endpoint_slice,
    "rbac.authorization.k8s.io/rolebindings": others.binding,
    "rbac.authorization.k8s.io/clusterrolebindings": others.binding,
    f"{_STORAGE}/storageclasses": others.storage_class,
    f"{_STORAGE}/volumeattributesclasses": others.volume_attributes_class,
    f"{_STORAGE}/volumeattachments": others.volume_attachment,
    f"{_STORAGE}/csidrivers": others.csi_driver,
    f"{_STORAGE}/csinodes": others.csi_node,
    f"{_STORAGE}/csistoragecapacities": others.csi_storage_capacity,
    "scheduling.k8s.io/priorityclasses": others.priority_class,
    "node.k8s.io/runtimeclasses": others.runtime_class,
    "coordination.k8s.io/leases": others.lease,
    "certificates.k8s.io/certificatesigningrequests": others.certificate_signing_request,
    "certificates.k8s.io/clustertrustbundles": others.cluster_trust_bundle,
    f"{_ADMISSION}/mutatingwebhookconfigurations": others.webhook_configuration,
    f"{_ADMISSION}/validatingwebhookconfigurations": others.webhook_configuration,
    f"{_ADMISSION}/validatingadmissionpolicies": others.validating_policy,
    f"{_ADMISSION}/mutatingadmissionpolicies": others.mutating_policy,
    f"{_ADMISSION}/validatingadmissionpolicybindings": others.policy_binding,
    f"{_ADMISSION}/mutatingadmissionpolicybindings": others.policy_binding,
    f"{_FLOW}/flowschemas": others.flow_schema,
    f"{_FLOW}/prioritylevelconfigurations": others.priority_level,
    "apiregistration.k8s.io/apiservices": others.api_service,
    "resource.k8s.io/deviceclasses": others.named,
    "resource.k8s.io/resourceclaims": others.resource_claim,
    "resource.k8s.io/resourceclaimtemplates": others.named,
    "resource.k8s.io/resourceslices": others.resource_slice,
}

ORDERS: Mapping[str, Callable[[Object], tuple[Any, ...]]] = {f"{_FLOW}/flowschemas": others.flow_schema_order}
"""The order of the rows, where it is not that of the names."""
