"""The core group: pods, services, nodes, namespaces, volumes, configuration, quotas."""
