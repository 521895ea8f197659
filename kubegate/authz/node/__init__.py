"""The Node authorizer: a kubelet may read what the pods bound to its node need, and its own objects."""
