"""The decision endpoints that a kube-apiserver asks."""
