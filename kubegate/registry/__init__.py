"""Per resource: defaulting, conversion, strategies, validation, subresources, custom resources."""
