"""PodSecurityPolicy (policy/v1beta1), gone from Kubernetes since 1.25: what its policies fill in and refuse.

Kept for those who migrate. Policies are objects of a custom kind (`definition`); pods are those of 1.36, so that seccomp and
AppArmor are judged by the fields as well as by annotations.

Source: kubernetes v1.24 ``pkg/security/podsecuritypolicy``.
"""
