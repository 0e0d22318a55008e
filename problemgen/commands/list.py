"""`problemgen list`: the problems there are."""

from __future__ import annotations

import json

import click


@click.command("list")
@click.option("--topic", help="Only problems of this topic.")
@click.option("--json", "as_json", is_flag=True, help="An array with one object a problem.")
def list_problems(topic: str | None, *, as_json: bool) -> None:
    """List the problems there are."""
    from problemgen import catalog  # noqa: PLC0415
    from problemgen.listing import descriptions, listing  # noqa: PLC0415

    found = catalog.matching(topic) if topic else list(catalog.entries().values())
    rows = descriptions(found)
    click.echo(json.dumps(rows, indent=1, ensure_ascii=False) if as_json else listing(rows))
