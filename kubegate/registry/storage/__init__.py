"""The group storage.k8s.io: classes, drivers, attachments, capacities."""
