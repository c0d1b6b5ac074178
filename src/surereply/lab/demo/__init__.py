"""`surereply demo`: customers talk in three flows while everything fails, and a table says what held."""

from surereply.lab.demo.plan import Plan
from surereply.lab.demo.play import play, run_demo

__all__ = ["Plan", "play", "run_demo"]
