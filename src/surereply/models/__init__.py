"""A language model, when one is set: it proposes readings and words; validators, merge rules and checker decide."""
