"""Reviews a second of the decision endpoint: over TLS with keep-alive by two workers, and in batches by one process.

``python -m benchmarks.webhook`` needs ``wrk`` for the first (Debian: apt-get install wrk); 10,000 RoleBindings and 1,000
ClusterRoleBindings are loaded.
"""

from __future__ import annotations

import json
import re
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from kubegate.authz.interface import Authorizer
from kubegate.compose.dry_run import DryRunOptions, build_engine
from kubegate.compose.pki import ensure_pki
from kubegate.webhook.batch import BatchHandler
from kubegate.webhook.decide import Decider
from kubegate.webhook.interface import HookRequest
from kubegate.webhook.metrics import Metrics
from kubegate.webhook.policy import PolicyHolder

GROUP = "rbac.authorization.k8s.io"
SECONDS = 5
LUA = """\
wrk.method = "POST"
local head = '{"kind":"SubjectAccessReview","apiVersion":"authorization.k8s.io/v1","spec":{"user":"u'
local n = 0
request = function()
  n = n + 1
  return wrk.format(nil, nil, nil, head .. (n % 10000) .. '","groups":["system:authenticated"],' ..
    '"resourceAttributes":{"namespace":"default","verb":"get","version":"v1","resource":"pods","name":"p"}}}')
end
"""


def policies(folder: Path) -> str:
    """A file with the policies."""
    items: list[object] = [
        {
            "apiVersion": f"{GROUP}/v1",
            "kind": "Role",
            "metadata": {"name": "reader", "namespace": "default"},
            "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"]}],
        }
    ]
    items += [binding("ClusterRoleBinding", f"c{n}", "ClusterRole", "view", f"c{n}") for n in range(1_000)]
    items += [binding("RoleBinding", f"b{n}", "Role", "reader", f"u{n}") for n in range(10_000)]
    path = folder / "policies.json"
    path.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
    return str(path)


def binding(kind: str, name: str, role_kind: str, role: str, user: str) -> dict[str, object]:
    """One binding of a user."""
    metadata = {"name": name} | ({"namespace": "default"} if kind == "RoleBinding" else {})
    return {
        "apiVersion": f"{GROUP}/v1",
        "kind": kind,
        "metadata": metadata,
        "roleRef": {"apiGroup": GROUP, "kind": role_kind, "name": role},
        "subjects": [{"apiGroup": GROUP, "kind": "User", "name": user}],
    }


def over_tls(folder: Path, file: str) -> None:
    """Start the endpoint and load it."""
    if shutil.which("wrk") is None:
        print("over TLS: not measured, wrk is not installed")
        return
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    pki = ensure_pki(folder / "pki", ["127.0.0.1"], f"https://127.0.0.1:{port}")
    command = [sys.executable, "-m", "kubegate", "webhook", "-f", file, "--port", str(port)]
    command += ["--tls-cert-file", str(pki.certificate), "--tls-private-key-file", str(pki.key), "--workers", "2"]
    url = f"https://127.0.0.1:{port}"
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(f"{url}/readyz")
        script = folder / "post.lua"
        script.write_text(LUA)
        load = ["wrk", "-t1", "-c32", f"-d{SECONDS}s", "-s", str(script), f"{url}/authorize"]
        rates = []
        for _ in range(3):
            output = subprocess.run(load, capture_output=True, text=True, check=True).stdout
            found = re.search(r"Requests/sec:\s+([\d.]+)", output)
            rates.append(float(found[1]) if found else 0.0)
        print(f"over TLS, 2 workers, 32 connections: {sorted(rates)[1]:,.0f} reviews/s (median of {len(rates)})")
    finally:
        server.terminate()
        server.wait(10)


def wait_for(url: str) -> None:
    """Until the endpoint is ready."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    for _ in range(200):
        try:
            with urllib.request.urlopen(url, context=context, timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError(url)


def in_batch(file: str) -> None:
    """Many questions of one asker, in one process."""
    chain = build_engine(DryRunOptions(filenames=(file,)), locate=False).chain
    holder: PolicyHolder[Authorizer] = PolicyHolder(lambda: chain)
    handler = BatchHandler(Decider(holder, Metrics()))
    requests = [
        {"resourceAttributes": {"verb": "get", "resource": "pods", "namespace": f"n{n % 50}", "name": f"p{n}"}}
        for n in range(5_000)
    ]
    spec = {"user": "u5", "groups": ["system:authenticated"], "requests": requests}
    batch = {"kind": "SubjectAccessReviewBatch", "apiVersion": "authorization.kubegate.dev/v1alpha1", "spec": spec}
    request = HookRequest("POST", "/authorize/batch", json.dumps(batch).encode())
    handler.handle(request)
    rates = []
    for _ in range(5):
        began = time.perf_counter()
        handler.handle(request)
        rates.append(len(requests) / (time.perf_counter() - began))
    print(f"batch of {len(requests):,}, one process: {sorted(rates)[2]:,.0f} checks/s (median of {len(rates)})")


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as scratch:
        file = policies(Path(scratch))
        in_batch(file)
        over_tls(Path(scratch), file)


if __name__ == "__main__":
    main()
