"""Asking other services (webhooks, issuers): kubeconfig files, an HTTPS client, failures in Go's words."""
