"""JSON Web Tokens of outside issuers: configuration checks, keys, claims."""
