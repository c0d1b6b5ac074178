"""The faults of `support.faults` that no other layer does, one by one, with real parts, and what held after each."""
