"""What the proof shows, gathered from its code: which fault is done where, which bug is caught by which layer."""
