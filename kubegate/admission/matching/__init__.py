"""Which requests a policy, a binding or a webhook is about."""
