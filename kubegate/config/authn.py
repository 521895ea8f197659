"""The authentication flags of kube-apiserver."""

from __future__ import annotations

from collections.abc import Callable

from pydantic import BaseModel, Field

from kubegate.api.go import quote
from kubegate.config.flag_types import CommaList, Duration, KeyValues

_LOCAL_ISSUER = "https://kubernetes.default.svc"


class AuthnOptions(BaseModel, extra="forbid", frozen=True):
    """Who may say who they are, and how. Names and defaults as kube-apiserver's flags.

    Whether a flag was given at all matters for a few of them: ask ``model_fields_set``."""

    client_ca_file: str = Field(
        "",
        description="Authorities of client certificates: whoever presents one is its common name, in its organisations.",
    )
    token_auth_file: str = Field("", description='File of static tokens: token,user,uid,"group1,group2".')
    anonymous_auth: bool = Field(
        True,
        description="Take requests without credentials, as user system:anonymous in group system:unauthenticated.",
    )
    authentication_config: str = Field(
        "",
        description="File with an AuthenticationConfiguration (apiserver.config.k8s.io): JWT issuers and anonymous access.",
    )
    enable_bootstrap_token_auth: bool = Field(
        False, description="Take secrets of type bootstrap.kubernetes.io/token in kube-system as bearer tokens."
    )
    authentication_token_webhook_config_file: str = Field(
        "", description="kubeconfig of a service that is asked about bearer tokens."
    )
    authentication_token_webhook_version: str = Field(
        "v1beta1", description="API version of the TokenReview sent to the webhook: v1 or v1beta1."
    )
    authentication_token_webhook_cache_ttl: Duration = Field(
        120.0, description="How long answers of the webhook are remembered."
    )
    oidc_issuer_url: str = Field("", description="URL of the OpenID issuer; https only.")
    oidc_client_id: str = Field("", description="The audience that tokens of the OpenID issuer must be for.")
    oidc_ca_file: str = Field("", description="Authorities of the issuer's own TLS certificate; default: the host's.")
    oidc_username_claim: str = Field("sub", description="The claim that is the user name.")
    oidc_username_prefix: str = Field(
        "", description="Put before user names; default: the issuer's URL and #, unless the claim is email. - for none."
    )
    oidc_groups_claim: str = Field("", description="The claim that holds the groups: a string or a list of strings.")
    oidc_groups_prefix: str = Field("", description="Put before every group.")
    oidc_signing_algs: CommaList = Field(
        default_factory=lambda: ["RS256"], description="Accepted JOSE asymmetric signing algorithms, comma-separated."
    )
    oidc_required_claim: KeyValues = Field(
        default_factory=dict, description="key=value that the token must claim; repeat for more."
    )
    requestheader_client_ca_file: str = Field(
        "", description="Authorities of the client certificates with which a front proxy may say who asks."
    )
    requestheader_allowed_names: CommaList = Field(
        default_factory=list, description="Common names of front proxy certificates; empty: any."
    )
    requestheader_username_headers: CommaList = Field(
        default_factory=list, description="Headers to look at for the user name. X-Remote-User is usual."
    )
    requestheader_uid_headers: CommaList = Field(
        default_factory=list, description="Headers to look at for the uid. X-Remote-Uid is usual."
    )
    requestheader_group_headers: CommaList = Field(
        default_factory=list, description="Headers to look at for groups. X-Remote-Group is usual."
    )
    requestheader_extra_headers_prefix: CommaList = Field(
        default_factory=list, description="Prefixes of headers that hold extra information. X-Remote-Extra- is usual."
    )
    service_account_issuer: list[str] = Field(
        default_factory=lambda: [_LOCAL_ISSUER],
        description="Issuer of service account tokens: the first signs, the others are accepted too.",
    )
    service_account_key_file: list[str] = Field(
        default_factory=list, description="PEM keys that verify service account tokens; several files, several keys a file."
    )
    service_account_signing_key_file: str = Field("", description="PEM private key that signs service account tokens.")
    service_account_lookup: bool = Field(
        True, description="Look whether the secret and the account of a legacy token still exist."
    )
    service_account_max_token_expiration: Duration = Field(
        0.0, description="The longest validity of a token; a longer wish is shortened. 0: no limit."
    )
    service_account_extend_token_expiration: bool = Field(
        True, description="Give projected tokens a year, and warn when they are used after their hour."
    )
    service_account_jwks_uri: str = Field(
        "", description="The jwks_uri in the discovery document, if it is not the API server's own address."
    )
    api_audiences: CommaList = Field(
        default_factory=list, description="Identifiers of this API: what tokens must be for. Default: the issuers."
    )

    def complaints(self, url_complaint: Callable[[str], str] = lambda url: "") -> list[str]:
        """What is wrong about the flags taken together, in kube-apiserver's words; ``url_complaint``: what Go says of a
        URL that it cannot parse, else ""."""
        issuers, headers = self._issuer_complaints(url_complaint), self._header_complaints()
        return [*self._oidc_complaints(), *issuers, *headers]

    def _oidc_complaints(self) -> list[str]:
        given = any(name.startswith("oidc_") for name in self.model_fields_set)
        if self.authentication_config:
            return ["authentication-config file and oidc-* flags are mutually exclusive"] if given else []
        if given and not (self.oidc_issuer_url and self.oidc_client_id):
            return ["oidc-issuer-url and oidc-client-id must be specified together when any oidc-* flags are set"]
        return []

    def _issuer_complaints(self, url_complaint: Callable[[str], str]) -> list[str]:
        found: list[str] = []
        for index, issuer in enumerate(self.service_account_issuer):
            if ":" in issuer and (why := url_complaint(issuer)):
                found.append(f"service-account-issuer {quote(issuer)} contained a ':' but was not a valid URL: {why}")
            elif not issuer:
                found.append("service-account-issuer should not be an empty string")
            elif issuer in self.service_account_issuer[:index]:
                found.append(f"service-account-issuer {quote(issuer)} is already specified")
        if not self.service_account_issuer:
            found.append("service-account-issuer is a required flag")
        uri = self.service_account_jwks_uri
        scheme, colon, rest = uri.partition(":")
        shown = f"{scheme.lower()}:{rest}" if colon else uri
        if why := url_complaint(uri):
            found.append(f"service-account-jwks-uri must be a valid URL: {why}")
        elif uri and not shown.startswith("https:"):
            found.append(f"service-account-jwks-uri requires https scheme, parsed as: {shown}")
        return found

    def _header_complaints(self) -> list[str]:
        lists = {
            "requestheader-username-headers": self.requestheader_username_headers,
            "requestheader-uid-headers": self.requestheader_uid_headers,
            "requestheader-group-headers": self.requestheader_group_headers,
            "requestheader-extra-headers-prefix": self.requestheader_extra_headers_prefix,
            "requestheader-allowed-names": self.requestheader_allowed_names,
        }
        return [f'empty value in "{name}"' for name, values in lists.items() if any(not value.strip() for value in values)]
