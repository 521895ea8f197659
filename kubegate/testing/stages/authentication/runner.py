"""The cases about authentication: credentials presented to the authenticators that the flags configure."""

from __future__ import annotations

import difflib
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from kubegate.api.user import User
from kubegate.authn.interface import Authenticated, Credentials, ObjectReader, Outcome
from kubegate.authn.pem import certificates
from kubegate.compose.authn import build_authn
from kubegate.config.authn import AuthnOptions
from kubegate.errors import InvalidInput
from kubegate.testing.cases.authentication import AuthenticationCase
from kubegate.testing.running.result import Result
from kubegate.testing.stages.authentication.claims import explained, reasons, wrong
from kubegate.testing.suites.places import placed
from kubegate.testing.suites.suite import Suite
from kubegate.testing.throwaway import Throwaway, seconds


@dataclass(frozen=True)
class AuthenticationRunner:
    """Runs the authentication cases of the suite ``file``; ``objects``: service accounts, secrets, pods and nodes."""

    file: str
    suite: Suite
    objects: ObjectReader

    def run(self) -> Iterator[Result]:
        """A result a case, in the order of the file. Raises `InvalidInput`, `ConfigurationError`."""
        for index, (case, credentials, outcome, now) in enumerate(self._outcomes()):
            failure = "; ".join(wrong(case, outcome))
            explanation = "\n".join(explained(credentials, outcome, now)) if failure else ""
            yield Result(self.file, _title(case), failure, explanation, at=("spec", "authentication", index))

    def identities(self) -> dict[str, User | str]:
        """By name of a case, who its credential is; of one that is refused, why."""
        found: dict[str, User | str] = {}
        for case, _, outcome, _ in self._outcomes():
            if case.name:
                found[case.name] = outcome.user if isinstance(outcome, Authenticated) else "; ".join(reasons(outcome))
        return found

    def _outcomes(self) -> Iterator[tuple[AuthenticationCase, Credentials, Outcome, float]]:
        """Each case with its credentials, what they come to, and the time."""
        cases = self.suite.spec.authentication
        folder = Path(self.file).parent
        with tempfile.TemporaryDirectory(prefix="kubegate-test-") as scratch:
            keys = {issuer: _read(folder / name) for issuer, name in self.suite.spec.issuerKeys.items()}
            with placed(self.file, ("spec", "authenticationOptions")):
                flags = authn_options(self.suite.spec.authenticationOptions, folder)
            own = Throwaway(flags, Path(scratch), keys)
            options = own.trusting(
                certificates=any(case.subject is not None for case in cases),
                accounts=any(case.serviceAccount is not None for case in cases),
            )
            clock = _Clock()
            parts = build_authn(options, objects=self.objects, now=clock, make_fetch=own.fetcher())
            for index, case in enumerate(cases):
                with placed(self.file, ("spec", "authentication", index)):
                    clock.now = seconds(case.at, "at") if case.at else time.time()
                    credentials = self._credentials(case, own, clock.now)
                yield case, credentials, parts.authenticator.authenticate(credentials), clock.now

    def _credentials(self, case: AuthenticationCase, own: Throwaway, now: float) -> Credentials:
        folder = Path(self.file).parent
        token = case.token
        if case.tokenFile:
            token = _read(folder / case.tokenFile).decode("utf-8", "surrogateescape").strip()
        elif case.claims is not None:
            token = own.token(case.claims, now)
        elif case.serviceAccount is not None:
            token = own.account_token(case.serviceAccount, self.objects, now)
        headers = {
            name.lower(): [_wire(value) for value in ([values] if isinstance(values, str) else values)]
            for name, values in case.headers.items()
        }
        if token:
            headers["authorization"] = [f"Bearer {_wire(token)}"]
        chain: tuple[bytes, ...] = ()
        if case.certificate:
            chain = tuple(found.der for found in certificates(_read(folder / case.certificate)))
        elif case.subject is not None:
            chain = own.certificate(case.subject)
        return Credentials(headers, chain, case.path, tuple(case.forAudiences) or None)


class _Clock:
    """The time of the case."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def authn_options(flags: dict[str, Any], folder: Path) -> AuthnOptions:
    """The flags of a suite, by kube-apiserver's names; files are relative to ``folder``. Raises `InvalidInput`."""
    known = {name.replace("_", "-"): name for name in AuthnOptions.model_fields}
    values: dict[str, Any] = {}
    for flag, value in flags.items():
        if flag not in known:
            near = difflib.get_close_matches(flag, known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else ""
            raise InvalidInput(f"unknown flag {flag!r}", hint=hint)
        values[known[flag]] = _beside(folder, value) if flag.endswith(("-file", "authentication-config")) else value
    try:
        return AuthnOptions.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        raise InvalidInput(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from error


def _beside(folder: Path, value: Any) -> Any:
    if isinstance(value, list):
        return [_beside(folder, item) for item in value]
    return str(folder / value) if isinstance(value, str) and value else value


def _title(case: AuthenticationCase) -> str:
    if case.name:
        return case.name
    if case.subject is not None:
        what = f"certificate of {case.subject.commonName}"
    elif case.serviceAccount is not None:
        what = f"token of service account {case.serviceAccount.namespace}/{case.serviceAccount.name}"
    elif case.claims is not None:
        what = f"token of {case.claims.get('iss')} for {case.claims.get('sub')}"
    else:
        file = case.certificate or case.tokenFile
        what = file or ("token" if case.token else "headers" if case.headers else f"nothing, for {case.path}")
    return f"{what}: {case.username or 'accepted'}" if case.expects_identity else f"{what}: refused"


def _wire(text: str) -> str:
    """A header's value as it arrives: bytes shown as latin-1."""
    return text.encode("utf-8", "surrogateescape").decode("latin-1")


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InvalidInput(f"{path}: {(error.strerror or 'cannot be read').lower()}") from error
