"""Role-based access control: roles and bindings, compiled when they change, not scanned when a request comes."""
