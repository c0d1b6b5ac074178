"""`python -m surereply`: the command line."""

from surereply.cli import main

main()
