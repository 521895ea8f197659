"""Building blocks of validation: names, labels, numbers, addresses, schedules; each message stands once."""
