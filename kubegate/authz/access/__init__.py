"""AccessPolicy (``policy.kubegate.dev/v1alpha1``): rules that allow or deny, beyond what RBAC can say."""
