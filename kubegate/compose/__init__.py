"""The composition root: configuration -> Application; the only place that knows every part."""
