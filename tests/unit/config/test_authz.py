"""Contradictions among the flags of authorization."""

from __future__ import annotations

import pytest

from kubegate.config.authz import AuthzOptions


@pytest.mark.parametrize(
    ("given", "complaints"),
    [
        ({}, []),
        (
            {"authorization_mode": ["ABAC", "Foo", "Webhook", "RBAC", "RBAC"]},
            [
                "authorization-mode ABAC's authorization policy file not passed",
                'authorization-mode "Foo" is not a valid mode',
                "authorization-mode Webhook's authorization config file not passed",
                'authorization-mode ["ABAC" "Foo" "Webhook" "RBAC" "RBAC"] has mode specified more than once',
            ],
        ),
        (
            {"authorization_policy_file": "x", "authorization_webhook_config_file": "y", "access_policy_file": ["z"]},
            [
                "cannot specify --access-policy-file without mode AccessPolicy",
                "cannot specify --authorization-policy-file without mode ABAC",
                "cannot specify --authorization-webhook-config-file without mode Webhook",
            ],
        ),
        ({"authorization_config": "c", "authorization_policy_file": "x"}, []),
    ],
)
def test_complaints(given, complaints):
    assert AuthzOptions(**given).complaints() == complaints


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ({"authorization_mode": ["RBAC"]}, "--authorization-mode or --authorization-webhook-* flags are defined"),
        ({"access_policy_file": ["p"]}, "accessPolicy.paths"),
    ],
)
def test_a_configuration_file_stands_alone(more, text):
    (complaint,) = AuthzOptions(authorization_config="c", **more).complaints()
    assert text in complaint
