"""Services and endpoints: defaults, validation, cluster IPs and node ports."""
