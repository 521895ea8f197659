"""TLS as kube-apiserver serves it: client certificates are asked for, taken as they are, and judged later.

The API server does not verify a client's certificate during the handshake (Go: ``tls.RequestClientCert``): a certificate
of an unknown authority beside a good token still succeeds, and alone it ends in a 401 that the client can read, not in a
broken connection. OpenSSL as Python offers it can only ask *and* verify, so `server_ssl_context` replaces the
verification step of the library by one that leaves the verdict to `authn.plugins.x509`. Possession of the private key is
still proven by the handshake, and every chain is verified there before it becomes an identity.
"""

from __future__ import annotations

import _ssl
import ctypes
import logging
import ssl
from pathlib import Path
from typing import Any

_LOG = logging.getLogger(__name__)
_DER = 2  # _ssl.ENCODING_DER

_VerifyCallback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)


def _take_any(_store_context: int, _argument: int) -> int:
    """OpenSSL's ``app_verify_cb``: 1 means go on with the handshake."""
    return 1


_TAKE_ANY = _VerifyCallback(_take_any)  # must outlive every context that points to it


def _defer_verification(context: ssl.SSLContext) -> bool:
    """Set ``SSL_CTX_set_cert_verify_callback``; False where this Python does not let us reach its OpenSSL."""
    if not issubclass(type(context), _ssl._SSLContext):
        return False
    library = ctypes.CDLL(getattr(_ssl, "__file__", None))
    try:
        set_callback = library.SSL_CTX_set_cert_verify_callback
    except AttributeError:
        return False
    set_callback.argtypes = (ctypes.c_void_p, _VerifyCallback, ctypes.c_void_p)
    set_callback.restype = None
    # CPython's PySSLContext is the object header followed by ``SSL_CTX *ctx``, in every version since 3.2.
    pointer = ctypes.c_void_p.from_address(id(context) + object.__basicsize__)
    set_callback(pointer, _TAKE_ANY, None)
    return True


def server_ssl_context(certificate: Path, key: Path, *, client_ca: Path | None = None) -> ssl.SSLContext:
    """A server context that requests a client certificate and takes whichever comes, or none.

    ``client_ca`` is only used where verification cannot be deferred (a Python whose OpenSSL is out of reach): then
    OpenSSL verifies against it, and a bad certificate ends the handshake. That is stricter, never laxer.
    Raises OSError or ssl.SSLError if the files cannot be read or do not fit together.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate, key)
    context.verify_mode = ssl.CERT_OPTIONAL
    # A resumed session would remember the leaf and forget the intermediates that the client sent.
    context.options |= ssl.OP_NO_TICKET
    context.num_tickets = 0
    if not _defer_verification(context):
        _LOG.warning("this Python hides its OpenSSL: client certificates are verified in the handshake, bad ones end it")
        if client_ca is None:
            context.verify_mode = ssl.CERT_NONE
        else:
            context.load_verify_locations(client_ca)
    return context


def peer_chain(connection: Any) -> tuple[bytes, ...]:
    """The certificates that the client sent, in DER and in its order (leaf first); empty without one.

    ``connection`` is an ``ssl.SSLSocket`` or ``ssl.SSLObject`` whose handshake is done; anything else gives ().
    """
    inner = getattr(connection, "_sslobj", None)
    if inner is None:
        return ()
    try:
        leaf = inner.getpeercert(True)
    except ValueError:  # the handshake is not done yet
        return ()
    if not leaf:
        return ()
    sent = inner.get_unverified_chain() or ()
    # The library puts the leaf first on the server's side; some versions leave it out.
    rest = [der for der in (certificate.public_bytes(_DER) for certificate in sent) if der != leaf]
    return (leaf, *rest)
