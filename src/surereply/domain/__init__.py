"""What is decided, and nothing else: pure values and functions, no I/O and no clock."""
