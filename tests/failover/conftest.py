"""Fixtures of the failover layer: a node made once for the run, and three nodes for each test that asks."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from failover.cluster import Cluster, open_cluster
from failover.golden import Golden, golden, home_of_nodes
from failover.nodes import Node, open_node


@pytest.fixture(scope="session")
def golden_node() -> Iterator[Golden]:
    """PostgreSQL's programs, and the data of a node with the schema, shut down."""
    with golden() as made:
        yield made


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder for the nodes of one test."""
    with home_of_nodes() as folder:
        yield folder


@pytest.fixture
async def cluster(golden_node: Golden, home: Path) -> AsyncIterator[Cluster]:
    """Three nodes, two of them standbys; one of them must confirm a commit."""
    async with open_cluster(golden_node.programs, home, golden_node.data) as made:
        yield made


@pytest.fixture
async def node(golden_node: Golden, home: Path) -> AsyncIterator[Node]:
    """One node, that waits for nobody."""
    async with open_node(golden_node.programs, home, golden_node.data) as made:
        yield made
