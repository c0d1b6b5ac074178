"""Layer 4: torture and scenarios, on real processes; and the mutants that they catch."""
