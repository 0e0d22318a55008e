"""Functions that remember their results, made to forget them: a planted error must not be hidden by a right one."""

import sys


def is_remembering(value):
    """Return whether this is a function under `functools.cache` or `lru_cache`."""
    return callable(getattr(value, "cache_clear", None))


def forget():
    """Clear the memory of all functions from which answers come."""
    for name, module in list(sys.modules.items()):
        if name.startswith(("problemgen.nn", "problemgen.problems")):
            for value in vars(module).values():
                if is_remembering(value):
                    value.cache_clear()
