"""Who an operator may be: roles, and names that can be shown beside every act."""

from enum import StrEnum

from surereply.domain.values import without_controls

LONGEST_NAME = 80
SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 200


class Role(StrEnum):
    VIEWER = "viewer"  # sees everything, does nothing
    MEMBER = "member"  # answers customers
    ADMIN = "admin"  # and decides about lines, flows, operators, erasure

    def includes(self, other: "Role") -> bool:
        return _RANK[self] >= _RANK[other]


_RANK = {Role.VIEWER: 0, Role.MEMBER: 1, Role.ADMIN: 2}


def shown_name(given: str) -> str:
    """The name as far as it can be shown: one line, bounded, no marks that turn the writing round."""
    return " ".join(without_controls(given).split())[:LONGEST_NAME]
