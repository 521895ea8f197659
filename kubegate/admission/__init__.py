"""A review in, admitted or rejected out. See ``admission.interface`` for the contract."""
