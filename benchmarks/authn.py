"""How long authentication takes: ``python -m benchmarks.authn``.

Prints microseconds a request: with credentials that were seen before (at most 10), and with fresh ones (a fresh ES256 token
at most 300).
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import ClassVar

from kubegate.api.names import Object
from kubegate.authn.interface import Authenticated, Authenticator, Credentials
from kubegate.compose.authn import build_authn
from kubegate.config.authn import AuthnOptions
from kubegate.testing.credentials import Authority, new_key, private_pem, public_pem, token

CLIENTS = Authority("clients")
BELOW = Authority("below", CLIENTS)
KEY = new_key()
ISSUER = "https://kubernetes.default.svc"


class Cluster:
    """One service account."""

    account: ClassVar[Object] = {"metadata": {"name": "web", "namespace": "shop", "uid": "u-1"}}

    def get(self, resource: str, namespace: str, name: str) -> Object | None:
        return self.account if resource == "serviceaccounts" else None


def build(folder: Path) -> Authenticator:
    """All local authenticators at once, as a cluster has them."""
    (folder / "ca.crt").write_bytes(CLIENTS.pem)
    (folder / "sa.pub").write_bytes(public_pem(KEY))
    (folder / "sa.key").write_bytes(private_pem(KEY))
    (folder / "tokens.csv").write_text("".join(f"token-{number},user-{number},{number}\n" for number in range(1000)))
    options = AuthnOptions(
        client_ca_file=str(folder / "ca.crt"),
        token_auth_file=str(folder / "tokens.csv"),
        service_account_key_file=[str(folder / "sa.pub")],
        enable_bootstrap_token_auth=True,
    )
    return build_authn(options, objects=Cluster()).authenticator


def bearer(text: str) -> Credentials:
    return Credentials({"authorization": [f"Bearer {text}"], "accept": ["application/json"]})


def account_token(number: int) -> str:
    """A service account token that differs from all others."""
    binding = {"namespace": "shop", "serviceaccount": {"name": "web", "uid": "u-1"}}
    claims = {"iss": ISSUER, "aud": [ISSUER], "exp": int(time.time()) + 3600, "jti": str(number), "kubernetes.io": binding}
    return token(claims, KEY)


def microseconds(action: Callable[[Credentials], object], arguments: Iterable[Credentials]) -> float:
    """The mean of the better half: other work on the machine is not counted."""
    times = []
    for argument in arguments:
        start = time.perf_counter_ns()
        outcome = action(argument)
        times.append(time.perf_counter_ns() - start)
        assert isinstance(outcome, Authenticated), outcome
    best = sorted(times)[: max(1, len(times) // 2)]
    return sum(best) / len(best) / 1000


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        authenticate = build(Path(folder)).authenticate
        chain = Credentials(certificates=BELOW.issue("alice", organizations=["devs"]).presented)
        known = {
            "anonymous": Credentials(),
            "client certificate with an intermediate": chain,
            "static token": bearer("token-500"),
            "service account token": bearer(account_token(0)),
        }
        for name, credentials in known.items():
            print(f"known {name}: {microseconds(authenticate, [credentials] * 5000):.1f} us")
        fresh = [bearer(account_token(number)) for number in range(1, 300)]
        print(f"fresh ES256 service account token: {microseconds(authenticate, fresh):.0f} us")
        chains = [Credentials(certificates=BELOW.issue(f"user-{number}").presented) for number in range(100)]
        print(f"fresh client certificate with an intermediate: {microseconds(authenticate, chains):.0f} us")


if __name__ == "__main__":
    main()
