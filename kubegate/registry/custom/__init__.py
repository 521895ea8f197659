"""Custom resources: their definitions, and what the server does with objects of the kinds that they define."""
