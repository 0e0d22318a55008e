"""A wrong formula is caught before anything is printed.

Every formula and every exact function that a problem's answers may come from (those of its own module and of the `nn`
modules it imports) is spoiled in turn by an error of one.  Whatever the spoiled thing is used for, no question may
pass verification with another key than before; and in every problem some such error must be noticed.
"""

import dataclasses
import inspect
import sys
from types import MappingProxyType

import pytest
import sympy
from forgetting import forget, is_remembering

from problemgen import answers, catalog, sampling
from problemgen.draw import Level, Seed
from problemgen.errors import OracleDisagreement
from problemgen.formula import Formula, Substitution
from problemgen.worked import Application, SumOfProducts

PROBLEMS = list(catalog.entries())


def spoiled(value):
    """Return the value off by one, whatever it is made of."""
    match value:
        case bool():
            return value
        case int():
            return value + 1
        case Substitution() | SumOfProducts() | Application():
            return dataclasses.replace(value, value=value.value + 1)
        case Formula():
            return dataclasses.replace(value, expr=value.expr + 1)
        case sympy.Expr():
            return value + 1
        case dict() | MappingProxyType():
            return {key: spoiled(inner) for key, inner in value.items()}
        case tuple() if value and not hasattr(value, "_fields"):
            return (spoiled(value[0]), *value[1:])
    return value


def modules_of(name):
    """Return the problem's module and the nn modules it reaches by import."""
    found, waiting = {}, [catalog.get(name).load().__module__]
    while waiting:
        module = sys.modules[waiting.pop()]
        if module.__name__ not in found:
            found[module.__name__] = module
            named = {value.__name__ if inspect.ismodule(value) else getattr(value, "__module__", "") or ""
                     for value in vars(module).values()}  # fmt: skip
            waiting += [other for other in named if other.startswith("problemgen.nn.")]
    return found


def plantable(name):
    """Return (attribute, object) of the formulas and functions in these modules."""
    modules = modules_of(name)
    found = {}
    for module in modules.values():
        for key, value in vars(module).items():
            own = (inspect.isfunction(value) or is_remembering(value)) and value.__module__ in modules
            if isinstance(value, Formula) or own:
                found[id(value)] = (key, value)
    return list(found.values())


def plant(patch, name, value):
    """Put the spoiled thing wherever these modules hold the sound one."""
    wrong = spoiled(value) if isinstance(value, Formula) else lambda *args, **options: spoiled(value(*args, **options))
    for module in modules_of(name).values():
        for key, held in list(vars(module).items()):
            if held is value:
                patch.setattr(module, key, wrong)


def keys(name):
    """Return the answers of some questions at fixed parameters, or "refused" where the oracle speaks."""
    found = []
    for record in RECORDS[name]:
        try:
            fresh = dataclasses.replace(record)  # which has remembered nothing
            instance = sampling.accept(catalog.get(name), fresh)
            found.append([answers.to_json(part.answer) for part in instance.solution.parts])
        except OracleDisagreement:
            found.append("refused")
        except Exception:  # noqa: BLE001 - with a spoiled part anything may be raised, but nothing printed
            found.append("no question")
    return found


RECORDS = {
    name: [
        sampling.sample(catalog.get(name), Seed.of("planted", number), level).record
        for level in Level
        for number in range(3)
    ]
    for name in PROBLEMS
}


@pytest.mark.parametrize("name", PROBLEMS)
def test_an_error_in_any_formula_is_caught_or_touches_no_key(name, monkeypatch):
    right = keys(name)
    assert not {"refused", "no question"} & {key for key in right if isinstance(key, str)}
    noticed = []
    for key, value in plantable(name):
        with monkeypatch.context() as patch:
            plant(patch, name, value)
            forget()
            found = keys(name)
        forget()
        for before, after in zip(right, found, strict=True):
            assert after in (before, "refused", "no question"), f"a wrong key passed with {key} spoiled"
        if "refused" in found:
            noticed.append(key)
    assert noticed
    assert keys(name) == right
