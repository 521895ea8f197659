"""Which bindings, rules and names of policies no test exercises."""
