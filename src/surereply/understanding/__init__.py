"""Customers' words into facts and signals: deterministic, pure, a fraction of a millisecond."""
