"""The files that a kube-apiserver needs to ask this endpoint, with the flag that reads each."""

from __future__ import annotations

import yaml

from kubegate.config.webhook import WebhookOptions

_AUTHORIZATION = """\
# authorization-config.yaml: kube-apiserver --authorization-config=authorization-config.yaml
apiVersion: apiserver.config.k8s.io/v1
kind: AuthorizationConfiguration
authorizers:
- type: Node
  name: node
- type: Webhook
  name: kubegate
  webhook:
    timeout: 3s
    authorizedTTL: 30s
    unauthorizedTTL: 10s
    subjectAccessReviewVersion: v1
    matchConditionSubjectAccessReviewVersion: v1
    failurePolicy: NoOpinion
    connectionInfo:
      type: KubeConfigFile
      kubeConfigFile: /etc/kubernetes/kubegate-authorize.kubeconfig
    matchConditions:
    # so that the control plane does not depend on the endpoint
    - expression: "!('system:masters' in request.groups)"
    - expression: "!request.user.startsWith('system:node:')"
- type: RBAC
  name: rbac
"""


def documents(options: WebhookOptions) -> str:
    """A YAML stream: the AuthorizationConfiguration, then a kubeconfig for /authorize and one for /authenticate."""
    parts = [_AUTHORIZATION]
    for path, flag in (
        ("authorize", "named in authorization-config.yaml"),
        (
            "authenticate",
            "kube-apiserver --authentication-token-webhook-config-file --authentication-token-webhook-version=v1",
        ),
    ):
        parts.append(f"# kubegate-{path}.kubeconfig: {flag}\n" + yaml.safe_dump(_kubeconfig(options, path), sort_keys=False))
    return "---\n".join(parts)


def _kubeconfig(options: WebhookOptions, path: str) -> dict[str, object]:
    cluster: dict[str, object] = {"server": f"https://{options.bind_address}:{options.port}/{path}"}
    if options.tls_cert_file:
        cluster["certificate-authority"] = "/etc/kubernetes/kubegate-ca.crt"
    user = {"token": "<a token of --allowed-token-file>"} if options.allowed_token_file else {}
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "kubegate", "cluster": cluster}],
        "users": [{"name": "kube-apiserver", "user": user}],
        "contexts": [{"name": "webhook", "context": {"cluster": "kubegate", "user": "kube-apiserver"}}],
        "current-context": "webhook",
    }
