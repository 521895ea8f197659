"""The group policy: disruption budgets."""
