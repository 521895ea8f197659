"""The group admissionregistration.k8s.io: webhooks and policies."""
