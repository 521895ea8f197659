"""Tables: how kubectl shows each kind, one file of printers a group."""
