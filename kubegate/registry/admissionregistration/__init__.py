"""The kinds of ``admissionregistration.k8s.io``. Source: kubernetes ``pkg/apis/admissionregistration``."""
