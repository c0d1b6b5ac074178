"""`surereply flow …`."""

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

app = typer.Typer(help="Check, rehearse and draw flow files.", no_args_is_help=True)

FlowFile: TypeAlias = Annotated[Path, typer.Argument(help="A flow file (YAML).", show_default=False)]


@app.command("check")
def flow_check(file: FlowFile) -> int:
    """Mistakes (1) and warnings (0), each with its line."""
    from surereply.commands.flow_files import check_flow

    return check_flow(file)


@app.command("test")
def flow_test(file: FlowFile) -> int:
    """Run the conversations that the file brings as its tests."""
    from surereply.commands.flow_files import test_flow

    return test_flow(file)


@app.command("graph")
def flow_graph(
    file: FlowFile,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Where to write; standard output unless set.")] = None,
    language: Annotated[str, typer.Option(help="en, or ar: drawn from right to left.")] = "en",
) -> int:
    """Draw the flow as SVG."""
    from surereply.commands.flow_files import draw_flow

    return draw_flow(file, out, language)
