"""What a qualified lead costs: scripted customers of every shipped flow, the tokens of their calls, and your price."""

import argparse
import asyncio
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime

import asyncpg

from bench.pipeline.business import SECRET_KEY, Group, database, free_port, serving
from surereply.domain.flow import Flow
from surereply.lab.customers import converse, make_customers
from surereply.lab.lines import AppSecrets
from surereply.lab.models.calls import Call
from surereply.lab.models.good import good
from surereply.lab.models.manners import slow
from surereply.lab.models.server import KEY, MODEL, ModelServer
from surereply.lab.stage.business import Business, make_businesses, open_businesses
from surereply.lab.world import World

ALL_ROLES = "web,respond,dispatch,reconcile"
A_MILLION = 1_000_000
LONGEST_S = 180


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one flow: all its calls, the unqualified customers' too, shared among the leads that came to be qualified."""

    flow: str
    customers: int
    qualified: int
    calls: float
    input_tokens: float
    output_tokens: float

    def money(self, input_price: float, output_price: float) -> float:
        """Prices of a million tokens."""
        return (self.input_tokens * input_price + self.output_tokens * output_price) / A_MILLION


async def measure_cost(arguments: argparse.Namespace) -> list[Cost]:
    businesses, secrets, now = make_businesses(), AppSecrets(), datetime.now(UTC)
    flows = [business.flow for business in businesses]
    port = free_port()
    with database() as postgres:
        await open_businesses(postgres.dsn, businesses, secrets, SECRET_KEY, now)
        world = World(
            webhook_url=f"http://127.0.0.1:{port}/webhooks/whatsapp",
            lines=[business.line for business in businesses],
            secrets=secrets,
            seed=arguments.seed,
        )
        async with ModelServer(good(flows, seed=arguments.seed), manner=slow(0.05)) as model, world:
            settings = {"LLM_MODEL": MODEL, "LLM_BASE_URL": model.base_url, "LLM_API_KEY": KEY}
            groups = [Group("server", ALL_ROLES, 1)]
            async with serving(postgres.dsn, world.server.port, port, groups, settings):
                pairs = [(business.line, business.flow) for business in businesses]
                customers = make_customers(world, pairs, arguments.customers, seed=arguments.seed, today=now.date())
                async with asyncio.timeout(LONGEST_S):
                    await converse(world, customers, pace_s=0.1)
            qualified = await _qualified(postgres.dsn)
    told = Counter(customer.flow.name for customer in customers)
    return [
        _cost(one, told[one.flow.name], qualified[one.flow.name], _calls_for(one.flow, model.calls.done))
        for one in businesses
    ]


async def _qualified(url: str) -> Counter[str]:
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch("SELECT flow_name, count(*) AS n FROM lead WHERE stage = 'qualified' GROUP BY 1")
    finally:
        await connection.close()
    return Counter({row["flow_name"]: row["n"] for row in rows})


def _calls_for(flow: Flow, calls: tuple[Call, ...]) -> list[Call]:
    names = set(flow.business.name.values())
    return [call for call in calls if any(name in call.asked.instructions for name in names)]


def _cost(business: Business, customers: int, qualified: int, calls: list[Call]) -> Cost:
    leads = max(qualified, 1)
    return Cost(
        business.flow.name,
        customers,
        qualified,
        len(calls) / leads,
        sum(call.input_tokens for call in calls) / leads,
        sum(call.output_tokens for call in calls) / leads,
    )


def print_costs(costs: list[Cost], input_price: float, output_price: float) -> None:
    print(f"At {input_price:g} for a million tokens in and {output_price:g} for a million out, a qualified lead takes:")
    for cost in costs:
        print(
            f"{cost.flow:>20}: {cost.calls:4.1f} calls, {cost.input_tokens:7,.0f} tokens in, "
            f"{cost.output_tokens:5,.0f} out = {cost.money(input_price, output_price):.4f}   "
            f"({cost.qualified} qualified of {cost.customers} customers)"
        )
