"""Queue, cycle, and plugins: one filter or score each."""
