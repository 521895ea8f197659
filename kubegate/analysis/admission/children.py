"""The pods that an object would make: what `kubegate admit` judges besides the object itself."""

from __future__ import annotations

import copy

from kubegate.admission.pod_security.templates import PATHS, pod_template
from kubegate.api.names import Object, name_of, namespace_of
from kubegate.api.user import User, service_account_groups, service_account_name

CONTROLLERS = {
    "replicationcontrollers": "replication-controller",
    "replicasets.apps": "replicaset-controller",
    "deployments.apps": "replicaset-controller",
    "statefulsets.apps": "statefulset-controller",
    "daemonsets.apps": "daemon-set-controller",
    "jobs.batch": "job-controller",
    "cronjobs.batch": "job-controller",
}
"""Resource -> the service account in kube-system that creates its pods."""


def pod_of(resource: str, obj: Object) -> Object | None:
    """A pod as the controller would create it, or None for objects that make none."""
    if resource not in CONTROLLERS or resource not in PATHS:
        return None
    template = pod_template(resource, obj)
    if template is None:
        return None
    given = template.get("metadata") or {}
    metadata = {key: copy.deepcopy(given[key]) for key in ("labels", "annotations", "finalizers") if given.get(key)}
    metadata |= {"generateName": f"{name_of(obj)}-", "namespace": namespace_of(obj)}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": copy.deepcopy(template.get("spec") or {})}


def creator_of(resource: str) -> User:
    """Who creates the pods."""
    return User.of(service_account_name("kube-system", CONTROLLERS[resource]), [*service_account_groups("kube-system")])
