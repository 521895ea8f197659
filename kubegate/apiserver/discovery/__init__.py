"""What the server offers: groups, versions, resources, paths, its own version."""
