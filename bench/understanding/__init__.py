"""What is understood of what customers write, measured: facts, states, questions, cost."""
