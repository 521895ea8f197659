"""The checks of the Pod Security Standards, by subject; each module has its `CHECKS`.

Source: k8s.io/pod-security-admission ``policy``.
"""
