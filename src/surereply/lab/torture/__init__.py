"""`surereply lab torture` and `lab scenario`: real processes, everything struck, and three sources that must agree."""
