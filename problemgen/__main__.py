"""`python -m problemgen`: the command line of this interpreter's problemgen."""

from problemgen.cli import run

run()
