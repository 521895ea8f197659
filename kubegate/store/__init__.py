"""Objects with revisions and watches. See ``store.interface`` for the contract."""
