"""The group resource.k8s.io: device classes, claims and slices."""
