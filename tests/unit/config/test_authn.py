"""The authentication flags: values as the command line gives them, and what they may not be together."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from kubegate.config.authn import AuthnOptions


def test_values_as_flags_write_them() -> None:
    options = AuthnOptions.model_validate(
        {
            "api_audiences": ["a,b", "c"],
            "oidc_required_claim": ["hd=example.com", "k=a=b"],
            "authentication_token_webhook_cache_ttl": "1m30s",
            "requestheader_allowed_names": [""],
            "service_account_issuer": ["https://a,b"],
        }
    )
    assert options.api_audiences == ["a", "b", "c"]
    assert options.oidc_required_claim == {"hd": "example.com", "k": "a=b"}
    assert options.authentication_token_webhook_cache_ttl == 90.0
    assert options.requestheader_allowed_names == []
    assert options.service_account_issuer == ["https://a,b"]


@pytest.mark.parametrize(
    "values", [{"nope": 1}, {"oidc_required_claim": ["hd"]}, {"authentication_token_webhook_cache_ttl": "soon"}]
)
def test_values_that_are_wrong(values: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        AuthnOptions.model_validate(values)


@pytest.mark.parametrize(
    ("values", "complaints"),
    [
        ({}, []),
        ({"oidc_issuer_url": "https://x", "oidc_client_id": "a"}, []),
        (
            {"oidc_issuer_url": "https://x"},
            ["oidc-issuer-url and oidc-client-id must be specified together when any oidc-* flags are set"],
        ),
        (
            {"oidc_groups_claim": "g"},
            ["oidc-issuer-url and oidc-client-id must be specified together when any oidc-* flags are set"],
        ),
        (
            {"authentication_config": "f", "oidc_client_id": "a"},
            ["authentication-config file and oidc-* flags are mutually exclusive"],
        ),
        ({"service_account_issuer": ["a", "a"]}, ['service-account-issuer "a" is already specified']),
        ({"service_account_issuer": [""]}, ["service-account-issuer should not be an empty string"]),
        ({"service_account_issuer": []}, ["service-account-issuer is a required flag"]),
        (
            {"service_account_jwks_uri": "http://x"},
            ["service-account-jwks-uri requires https scheme, parsed as: http://x"],
        ),
        ({"requestheader_username_headers": ["X-User", " "]}, ['empty value in "requestheader-username-headers"']),
    ],
)
def test_flags_taken_together(values: dict[str, Any], complaints: list[str]) -> None:
    assert AuthnOptions.model_validate(values).complaints() == complaints


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        (
            {"service_account_issuer": ["bad:"]},
            "service-account-issuer \"bad:\" contained a ':' but was not a valid URL: why",
        ),
        ({"service_account_issuer": ["bad"]}, ""),
        ({"service_account_jwks_uri": "bad:"}, "service-account-jwks-uri must be a valid URL: why"),
        ({"service_account_jwks_uri": "HTTP://X"}, "service-account-jwks-uri requires https scheme, parsed as: http://X"),
        ({"service_account_jwks_uri": "HTTPS://X"}, ""),
    ],
)
def test_urls(values: dict[str, Any], complaint: str) -> None:
    found = AuthnOptions.model_validate(values).complaints(lambda url: "why" if url == "bad:" else "")
    assert found == ([complaint] if complaint else [])
