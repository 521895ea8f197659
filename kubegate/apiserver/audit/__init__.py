"""Audit: who did what, by policy, as events of audit.k8s.io/v1."""
