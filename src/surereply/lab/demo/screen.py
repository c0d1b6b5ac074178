"""What a demo says on the terminal: what starts, what happens, what held, and where to go on."""

import contextlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.text import Text

from surereply.domain.flow_texts import in_language
from surereply.domain.values import format_value, without_controls
from surereply.lab.demo.verdict import Verdict
from surereply.lab.stage.business import Business
from surereply.lab.stage.office import known_fields
from surereply.lab.stage.screen import Screen, table_of
from surereply.lab.stage.servers import Server

LEADS_OF_A_LINE = 4
MOST_FINDINGS = 20
NEWCOMER = "971501234567"  # a number that none of the scripted customers has


class DemoScreen(Screen):
    def leads(self, businesses: Sequence[Business], leads: Sequence[dict[str, Any]]) -> None:
        table = table_of("Leads, as filled")
        for column in ("flow", "name", "service", "known", "stage"):
            table.add_column(column)
        for business in businesses:
            own = [lead for lead in leads if lead["flow_name"] == business.flow.name]
            shown = sorted(own, key=lambda lead: len(known_fields(lead)), reverse=True)[:LEADS_OF_A_LINE]
            for lead in shown:
                table.add_row(*_lead_row(business, lead))
            if len(own) > len(shown):
                table.add_row(business.flow.name, f"and {len(own) - len(shown)} more", "", "", "", style="dim")
        self.show(table)

    def held(self, verdict: Verdict, after_s: float, rows: Sequence[tuple[str, str]]) -> None:
        table = table_of(f"What held, after {after_s:.0f} s", header=False)
        table.add_column()
        table.add_column(justify="right")
        for name, value in rows:
            table.add_row(name, value)
        table.add_section()
        for name, found in (
            ("sent twice", verdict.sent_twice),
            ("lost (on no phone and on no list)", verdict.lost),
            ("fields wiped", verdict.wiped),
            ("questions over the limit", verdict.over_limit),
        ):
            table.add_row(Text(name, style="bold"), Text(str(len(found)), style="bold red" if found else "bold green"))
        self.show(table)
        for finding in verdict.findings[:MOST_FINDINGS]:
            self.say(f"  {finding}")

    def stays(
        self, lab: str, businesses: Sequence[Business], servers: Sequence[Server], token: str, panel: str
    ) -> None:
        """`panel`: a link that signs in, once."""
        self.console.print()
        self.say("All of it still runs, without troubles, until Ctrl-C. Talk to it yourself:")
        rows = [("the panel (this link signs in, once)", panel)]
        rows += [
            (f"phone: {business.name}", f"{lab}/phone/{NEWCOMER}?line={business.line.phone_number_id}")
            for business in businesses
        ]
        rows += [
            ("phone in a terminal", f"{_program()} lab phone {NEWCOMER} --lab {lab}"),
            ("health", f"curl -H 'Authorization: Bearer {token}' {servers[0].url}/api/admin/health/ai"),
            ("the API, described", f"{servers[0].url}/api/admin/docs"),
        ]
        for name, where in rows:
            self.console.print(Text(f"  {name:<36} {where}"), soft_wrap=True)


def _lead_row(business: Business, lead: dict[str, Any]) -> tuple[str, ...]:
    flow, known = business.flow, known_fields(lead)
    service = flow.services.get(lead["service_type_enum"] or "")
    needed = list(flow.needed_fields(lead["service_type_enum"], known))
    names = [name for name in known if name == "full_name" or flow.fields[name].type == "person"]
    return (
        business.flow.name,
        without_controls(", ".join(format_value(known[name], flow.fields[name], flow, "en") for name in names[:1])),
        in_language(service.label, "en", flow.languages[0]) if service else "",
        f"{sum(name in known for name in needed)} of {len(needed)}",
        str(lead["stage"]).replace("_", " "),
    )


def _program() -> str:
    """How this program was called, so that the printed command runs as it stands."""
    called = Path(sys.argv[0])
    if called.name != "surereply":
        return "surereply"
    with contextlib.suppress(ValueError):
        return str(called.resolve().relative_to(Path.cwd()))
    return str(called)
