"""The group networking.k8s.io: ingresses, network policies, service networks and addresses."""
