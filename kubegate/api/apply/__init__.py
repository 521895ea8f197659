"""Who owns which field: managedFields, and server-side apply on top of it."""
