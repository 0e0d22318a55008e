"""Options that several commands have."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

LEVELS: Final = click.Choice(["easy", "medium", "hard"])
TEMPLATES: Final = click.option(
    "--templates",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder whose sheets/ and problems/ templates replace ours.",
)
