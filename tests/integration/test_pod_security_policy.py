"""PodSecurityPolicies in a real server: their kind is served where the plugin runs, and `use` is granted by RBAC."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kubegate.api.names import Object
from kubegate.api.status import StatusError
from kubegate.compose.application import Application, build_application
from kubegate.compose.internal_client import InternalClient
from kubegate.compose.options import Options
from kubegate.compose.serving import with_own_keys
from kubegate.config.admission import AdmissionOptions
from kubegate.config.audit import AuditOptions
from kubegate.config.authn import AuthnOptions
from kubegate.config.authz import AuthzOptions
from kubegate.config.serving import ServingOptions
from kubegate.config.storage import StorageOptions

PODS = "/api/v1/namespaces/default/pods"
RULES = "/apis/rbac.authorization.k8s.io/v1"
ANY = {"rule": "RunAsAny"}


@pytest.fixture
def application(tmp_path: Path) -> Iterator[Application]:
    plugins = AdmissionOptions(enable_admission_plugins=["PodSecurityPolicy"], disable_admission_plugins=["ServiceAccount"])
    options = Options(
        ServingOptions(scheduler=False),
        StorageOptions(data_dir=str(tmp_path), storage="memory"),
        AuthnOptions(),
        AuthzOptions(authorization_mode=["RBAC"]),
        plugins,
        AuditOptions(),
    )
    options, _ = with_own_keys(options)
    made = build_application(options)
    yield made
    made.close()


def pod(**spec: object) -> Object:
    return {"metadata": {"name": "x"}, "spec": {"containers": [{"name": "c", "image": "i:1"}], **spec}}


def test_a_user_needs_a_policy_that_admits_the_pod(application: Application) -> None:
    admin = InternalClient(lambda: application.pipeline, "admin", "system:masters")
    alice = InternalClient(lambda: application.pipeline, "alice")
    strategies = {"runAsUser": ANY, "seLinux": ANY, "supplementalGroups": ANY, "fsGroup": ANY}
    kind = {"apiVersion": "policy/v1beta1", "kind": "PodSecurityPolicy", "metadata": {"name": "p"}}
    admin.create("/apis/policy/v1beta1/podsecuritypolicies", {**kind, "spec": strategies})
    rules = [{"apiGroups": [""], "resources": ["pods"], "verbs": ["create"]}]
    admin.create(f"{RULES}/clusterroles", {"metadata": {"name": "r"}, "rules": rules})
    subjects = [{"kind": "User", "name": "alice", "apiGroup": "rbac.authorization.k8s.io"}]
    role = {"kind": "ClusterRole", "name": "r", "apiGroup": "rbac.authorization.k8s.io"}
    admin.create(f"{RULES}/clusterrolebindings", {"metadata": {"name": "b"}, "subjects": subjects, "roleRef": role})
    with pytest.raises(StatusError, match=r"PodSecurityPolicy: unable to admit pod: \[\]"):
        alice.create(PODS, pod())
    use = {"apiGroups": ["policy"], "resources": ["podsecuritypolicies"], "resourceNames": ["p"], "verbs": ["use"]}
    admin.patch(f"{RULES}/clusterroles/r", {"rules": [*rules, use]}, "application/merge-patch+json")
    with pytest.raises(StatusError, match="Host PID is not allowed to be used"):
        alice.create(PODS, pod(hostPID=True))
    assert alice.create(PODS, pod())["metadata"]["annotations"]["kubernetes.io/psp"] == "p"


def test_the_stable_version_of_the_group_is_still_preferred(application: Application) -> None:
    admin = InternalClient(lambda: application.pipeline, "admin", "system:masters")
    assert admin.get("/apis/policy")["preferredVersion"]["version"] == "v1"  # type: ignore[index]
