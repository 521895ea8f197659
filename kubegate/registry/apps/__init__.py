"""The group apps: deployments, replica sets, stateful sets, daemon sets, controller revisions."""
