"""The Common Expression Language with the Kubernetes function libraries and cost limits."""
