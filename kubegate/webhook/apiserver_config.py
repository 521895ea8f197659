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


ANY_ADDRESS = ("0.0.0.0", "::", "")
PLACE = "ADDRESS-OF-THE-ENDPOINT"


def documents(options: WebhookOptions, *, client_certificates: bool) -> str:
    """A YAML stream: the AuthorizationConfiguration, then a kubeconfig for /authorize and one for /authenticate.

    ``client_certificates``: the endpoint talks to nobody without one."""
    parts = [_AUTHORIZATION]
    for path, flag in (
        ("authorize", "named in authorization-config.yaml"),
        (
            "authenticate",
            "kube-apiserver --authentication-token-webhook-config-file --authentication-token-webhook-version=v1",
        ),
    ):
        parts.append(f"# kubegate-{path}.kubeconfig: {flag}\n" + _kubeconfig(options, path, client_certificates))
    return "---\n".join(parts)


def _kubeconfig(options: WebhookOptions, path: str, client_certificates: bool) -> str:
    cluster: dict[str, object] = {"server": _url(options, path)}
    user: dict[str, object] = {}
    if options.tls_cert_file:
        cluster["certificate-authority"] = "/etc/kubernetes/kubegate-ca.crt"
    if options.allowed_token_file:
        user["token"] = "<a token of --allowed-token-file>"
    if client_certificates:
        user["client-certificate"] = "/etc/kubernetes/kubegate-client.crt"
        user["client-key"] = "/etc/kubernetes/kubegate-client.key"
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "kubegate", "cluster": cluster}],
        "users": [{"name": "kube-apiserver", "user": user}],
        "contexts": [{"name": "webhook", "context": {"cluster": "kubegate", "user": "kube-apiserver"}}],
        "current-context": "webhook",
    }
    return yaml.safe_dump(document, sort_keys=False)


def _url(options: WebhookOptions, path: str) -> str:
    host = PLACE if options.bind_address in ANY_ADDRESS else options.bind_address
    scheme = "https" if options.tls_cert_file else "http"
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{options.port}/{path}"
