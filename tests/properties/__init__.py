"""Layer 2 of the proof: state machines on the real SQL, over several connections, down to single statements."""
