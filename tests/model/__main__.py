"""Search every model and every variant, and print what was found: `python -m model [--variant NAME]`."""

import argparse
import sys

from model.catalogue import MODELS, VARIANTS
from model.explore import search
from model.telling import row, table, trace


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m model", description=__doc__)
    parser.add_argument("--variant", choices=sorted(VARIANTS), help="print how this bug breaks its promise")
    name = parser.parse_args().variant
    return search_everything() if name is None else print_variant(name)


def search_everything() -> int:
    """1 where a model breaks a promise, or a bug is not found."""
    sound = [(name, search(made(frozenset()))) for name, made in MODELS.items()]
    broken = [(variant, variant.search()) for variant in VARIANTS.values()]
    rows = [row(name, "-", done) for name, done in sound]
    rows += [
        row(variant.model.name, " + ".join((variant.name, *sorted(variant.beside))), done) for variant, done in broken
    ]
    print(table(rows))
    for name, done in sound:
        if done.counterexample is not None:
            print(f"\n{name}\n{trace(MODELS[name](frozenset()), done.counterexample)}")
    held = all(done.counterexample is None for _, done in sound)
    return 0 if held and all(done.counterexample is not None for _, done in broken) else 1


def print_variant(name: str) -> int:
    variant = VARIANTS[name]
    found = variant.search().counterexample
    if found is None:
        print(f"{name}: nothing is broken")
        return 1
    print(f"{variant.model.name}, with {' and '.join((name, *sorted(variant.beside)))}\n")
    print(trace(variant.model, found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
