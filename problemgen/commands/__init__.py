"""One module a command; each imports what it needs when it is run, so that `--help` is instant."""
