"""A small flow to break, and the three that ship."""

from pathlib import Path

import pytest

from surereply.domain.flow import Flow
from surereply.domain.flow_file import parse_flow

ROOT = Path(__file__).parents[3]

BAKERY = """\
surereply: 1
name: bakery
languages: [en, ar]
business: {name: Corner Bakery, country: AE, time_zone: Asia/Dubai, currency: AED}
texts:
  greeting: Hello from {business}!
  closing: "Thank you! {summary}"
  handover: One of us will answer you here.
  opted_out: No more messages from us.
  opted_in: Welcome back!
  confirmation: "{label}: {value}. Is that right?"
  ask_to_type: Could you type that for me?
  unknown_answer: I will ask a colleague.
  not_understood: Sorry, I did not get that.
  thanks: You are welcome!
  open_request: Anything else?
fields:
  service:
    type: service
    label: Order
    question: What would you like?
    clarification: Is it a cake or bread?
  size:
    type: choice
    label: Size
    question: Which size?
    clarification: Small or large?
    options:
      small: {label: Small, synonyms: [small, little]}
      large: {label: Large, synonyms: [large, big]}
  people:
    type: count
    minimum: 1
    label: People
    question: For how many people?
    clarification: How many will eat from it?
services:
  CAKE:
    label: A cake
    synonyms: [cake, birthday cake]
    needs: [size, people]
  BREAD:
    label: Bread
    synonyms: [bread, loaf]
    needs: [people]
knowledge:
  hours:
    questions: [when are you open]
    answer: From seven to five.
tests:
  - name: A cake
    conversation:
      - says: cake
        expect_fields: {service: CAKE}
        expect_asked: size
      - taps: Large
        expect_fields: {size: large}
        expect_asked: people
      - says: "4"
        expect_fields: {people: 4}
        expect_reply_type: closing
        expect_stage: qualified
"""

SHIPPED = ("business-services", "homes", "clinic")


@pytest.fixture(scope="session")
def bakery_text() -> str:
    return BAKERY


@pytest.fixture
def bakery() -> Flow:
    return parse_flow(BAKERY, "bakery.yaml")


@pytest.fixture(params=SHIPPED)
def shipped_path(request: pytest.FixtureRequest) -> Path:
    return ROOT / "flows" / f"{request.param}.yaml"


@pytest.fixture
def root() -> Path:
    return ROOT
