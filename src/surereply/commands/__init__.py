"""What the commands of `surereply` do; imported when one is called, so that `--help` answers at once."""
