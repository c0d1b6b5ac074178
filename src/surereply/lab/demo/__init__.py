"""`surereply demo`: customers talk in three flows while everything fails, and a table says what held."""

from surereply.lab.demo.plan import Plan
from surereply.lab.demo.run import play, run_demo

__all__ = ["Plan", "play", "run_demo"]
