"""Flags of several values: which of them commas separate."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kubegate.cli.model_options import Flags
from kubegate.config.admission import AdmissionOptions
from kubegate.config.authn import AuthnOptions
from kubegate.config.serving import ServingOptions

MODELS = (AuthnOptions, AdmissionOptions, ServingOptions)


@pytest.mark.parametrize(
    ("model", "name", "given", "expected"),
    [
        (AuthnOptions, "service_account_issuer", ("https://a,b", "c"), ["https://a,b", "c"]),
        (AuthnOptions, "service_account_key_file", ("/a,b",), ["/a,b"]),
        (AuthnOptions, "api_audiences", ("a,b", "c"), ["a", "b", "c"]),
        (AuthnOptions, "requestheader_allowed_names", ('"a,b",c',), ["a,b", "c"]),
        (AuthnOptions, "oidc_required_claim", ("a=b,c",), {"a": "b,c"}),
        (AdmissionOptions, "enable_admission_plugins", ("A,B", "C"), ["A", "B", "C"]),
        (ServingOptions, "controllers", ("",), []),
        (ServingOptions, "controllers", ("*,-x",), ["*", "-x"]),
    ],
)
def test_values(model: Any, name: str, given: tuple[str, ...], expected: object) -> None:
    assert getattr(Flags(MODELS, "Configuration", "", {name: given}).of(model), name) == expected


def test_a_configuration_file_may_give_a_list_or_one_value(tmp_path: Path) -> None:
    file = tmp_path / "flags.yaml"
    file.write_text(
        "apiVersion: kubegate.io/v1\nkind: ServeConfiguration\n"
        "service-account-issuer: https://a,b\napi-audiences: [a, 'b,c']\n"
    )
    options = Flags(MODELS, "ServeConfiguration", str(file), {}).of(AuthnOptions)
    assert (options.service_account_issuer, options.api_audiences) == (["https://a,b"], ["a", "b", "c"])
