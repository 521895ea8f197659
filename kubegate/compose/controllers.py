"""--controllers -> the manager that runs them, each with its own user."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from kubegate.api.catalog import Catalog
from kubegate.api.names import Object
from kubegate.api.user import MASTERS, service_account_groups, service_account_name
from kubegate.authn.jose import sign
from kubegate.authn.pem import private_key
from kubegate.authn.plugins.legacy_service_account import legacy_claims
from kubegate.compose.pki import Pki, signing_authority
from kubegate.controllers.catalog import CONTROLLERS
from kubegate.controllers.interface import Client, Context, Controller
from kubegate.controllers.manager import ControllerManager
from kubegate.store.interface import Store

_SYSTEM = "kube-system"


@dataclass(frozen=True, slots=True)
class ControllerOptions:
    """Settings of controllers: the bundle that is published to namespaces, the key and certificate that sign requests, and
    what issues a service account's token for a Secret's name (None: such tokens are not issued)."""

    root_ca: str = ""
    signing_certificate: str = ""
    signing_key: str = ""
    legacy_token: Callable[[Object, str], str] | None = None


def controller_options(folder: Path, serving_certificate: str, pki: Pki | None, token_key: str = "") -> ControllerOptions:
    """What the server's own files give: clients trust its authority, or (foreign certificates) the serving certificate.

    ``token_key``: the file of the key that signs tokens of service accounts."""
    certificate, key = signing_authority(folder)
    trusted = certificate if pki is not None else Path(serving_certificate)
    return ControllerOptions(trusted.read_text(), certificate.read_text(), key.read_text(), _legacy_tokens(token_key))


def _legacy_tokens(key_file: str) -> Callable[[Object, str], str] | None:
    if not key_file:
        return None
    key = private_key(Path(key_file).read_bytes())
    return lambda account, secret: sign(legacy_claims(account, secret), key)


def build_controllers(
    wanted: Callable[[Controller], bool],
    store: Store,
    client: Callable[..., Client],
    catalog: Callable[[], Catalog],
    options: ControllerOptions,
    now: Callable[[], datetime],
) -> ControllerManager:
    """The controllers for which ``wanted(controller)`` holds, and those that are part of the server itself.

    ``client(user, *groups, agent=)`` makes a client."""

    def context_of(controller: Controller) -> Context:
        if not controller.account:
            own = client("system:apiserver", MASTERS, agent=controller.agent)
            return Context(store, own, catalog, now, options)
        if controller.user:
            return Context(store, client(controller.user, agent=controller.agent), catalog, now, options)
        user, groups = service_account_name(_SYSTEM, controller.account), service_account_groups(_SYSTEM)
        return Context(store, client(user, *groups, agent=controller.agent), catalog, now, options)

    return ControllerManager(store, selected(wanted), context_of)


def selected(wanted: Callable[[Controller], bool]) -> Sequence[Controller]:
    """The controllers to run."""
    return [controller for controller in CONTROLLERS if not controller.account or wanted(controller)]
