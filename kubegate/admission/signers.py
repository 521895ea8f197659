"""May a user act for a signer of certificates?

Source: kubernetes ``plugin/pkg/admission/certificates``.
"""

from __future__ import annotations

from kubegate.api.user import User
from kubegate.authz.interface import Attributes, Authorizer


def may(authorizer: Authorizer, user: User, verb: str, signer: str) -> bool:
    """True if ``verb`` (approve, sign, attest) is allowed on the signer, or on all signers of its domain (``domain/*``)."""
    names = (signer, f"{signer.split('/')[0]}/*")
    return any(authorizer.authorize(_asked(user, verb, name)).allowed for name in names)


def _asked(user: User, verb: str, name: str) -> Attributes:
    return Attributes(user, verb, group="certificates.k8s.io", version="*", resource="signers", name=name)
