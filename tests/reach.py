# SPDX-License-Identifier: MIT
"""Which functions of the firmware the sampling loop can reach, read from the source: no list that one could forget.

A call on an object goes to every class that the object's name stands for, and to every class with such a method where
the name is not known: rather one function too many than one too few.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

# What the firmware's names stand for, wherever they are used. All others may be anything.
RECEIVERS = {
    "adc": ("Card", "Mux"),
    "battery": ("Battery",),
    "button": ("Button",),
    "bytes": (),
    "cells": ("Stream", "PackStream"),
    "clock": ("Link",),
    "commands": ("Commands",),
    "console": ("Console",),
    "cue": ("Cue",),
    "dev": ("Flash", "Card"),
    "dog": (),
    "feel": ("Feel",),
    "fifo": ("Fifo",),
    "guard": ("Guard",),
    "hand": ("Hand",),
    "health": ("Health",),
    "imu": ("Imu",),
    "insoles": ("Insoles",),
    "light": ("Light",),
    "link": ("Link", "Logger"),
    "log": ("Logger",),
    "logger": ("Logger",),
    "motion": ("Stream", "PackStream"),
    "out": (),
    "pack": ("PackStream",),
    "panel": ("Panel",),
    "poller": (),
    "pwm": (),
    "radio": (),
    "report": ("Report",),
    "ring": ("Ring", "Logger"),
    "source": (),
    "spi": (),
    "store": ("Store",),
    "strap": ("Strap",),
}
CALLBACKS = {  # attributes that hold a function, and calls that it answers
    "on_line": ("Commands._line",),
    "show": ("Light.show",),
    "gap_scan": ("Strap._irq",),
}
ROOT = "Sampler.loop"


@dataclass
class Function:
    """A function: `name` is `Class.method` or the bare name; `twin` says that machine code replaces it."""

    file: str
    name: str
    node: ast.FunctionDef
    twin: bool = False

    @property
    def key(self) -> str:
        return f"{self.file}:{self.name}"


@dataclass
class Module:
    tree: ast.Module
    functions: dict[str, Function] = field(default_factory=dict)
    bases: dict[str, list[str]] = field(default_factory=dict)
    imported: dict[str, list[tuple[str, str]]] = field(default_factory=dict)  # name here -> (module, name there)
    modules: set[str] = field(default_factory=set)


def read(paths: list[Path]) -> dict[str, Module]:
    """Modules by name, with their functions, classes and imports."""
    modules = {}
    for path in paths:
        module = modules[path.stem] = Module(ast.parse(path.read_text()))
        _collect(module, path.name, module.tree.body, twin=False)
    return modules


def _collect(module: Module, file: str, body: list[ast.stmt], *, twin: bool) -> None:
    for node in body:
        if isinstance(node, ast.FunctionDef):
            module.functions[node.name] = Function(file, node.name, node, twin)
        elif isinstance(node, ast.ClassDef):
            module.bases[node.name] = [base.id for base in node.bases if isinstance(base, ast.Name)]
            for item in node.body:
                if isinstance(item, ast.FunctionDef):
                    name = f"{node.name}.{item.name}"
                    module.functions[name] = Function(file, name, item)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                module.imported.setdefault(alias.asname or alias.name, []).append((node.module or "", alias.name))
        elif isinstance(node, ast.Import):
            module.modules.update(alias.name for alias in node.names)
        elif isinstance(node, ast.Try):
            _collect(module, file, node.body, twin=False)
            for handler in node.handlers:
                _collect(module, file, handler.body, twin=True)


class Reach:
    """`found`: every function that ROOT can reach, by its key."""

    def __init__(self, paths: list[Path], receivers: Mapping[str, tuple[str, ...]] = RECEIVERS):
        self.modules = read(paths)
        self.receivers = receivers
        self.found: dict[str, Function] = {}
        self.replaced = self._replacements()
        todo = list(self._named(ROOT))
        while todo:
            function = todo.pop()
            if function.key not in self.found:
                self.found[function.key] = function
                todo += self._called(function)

    def _all(self) -> Iterator[Function]:
        for module in self.modules.values():
            yield from module.functions.values()

    def _named(self, name: str) -> list[Function]:
        return [function for function in self._all() if function.name == name]

    def _replacements(self) -> dict[tuple[str, str], list[tuple[str, str]]]:
        """`wire.crc24 = crc24` somewhere: the name in that module stands for the other function too."""
        found: dict[tuple[str, str], list[tuple[str, str]]] = {}
        for module in self.modules.values():
            for node in ast.walk(module.tree):
                if isinstance(node, ast.Assign) and isinstance(node.value, ast.Name):
                    for target in node.targets:
                        if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name):
                            place = target.value.id, target.attr
                            if place[0] in self.modules:
                                others = [one for one in module.imported.get(node.value.id, []) if one != place]
                                found.setdefault(place, []).extend(others)
        return found

    def _called(self, function: Function) -> list[Function]:
        module = self.modules[function.file.removesuffix(".py")]
        owner = function.name.split(".")[0] if "." in function.name else ""
        calls: list[Function] = []
        for node in ast.walk(function.node):
            if isinstance(node, ast.Attribute):
                calls += self._properties(node)
            if not isinstance(node, ast.Call):
                continue
            if isinstance(node.func, ast.Name):
                calls += self._plain(function.file.removesuffix(".py"), node.func.id)
            elif isinstance(node.func, ast.Attribute):
                calls += self._on(module, owner, node.func)
            elif isinstance(node.func, ast.Subscript):  # a pin, or what is used like one
                calls += [found for found in self._all() if found.name.endswith(".__call__")]
        return calls

    def _plain(self, module: str, name: str) -> list[Function]:
        here = self.modules.get(module)
        if here is None:
            return []
        found = [here.functions[name]] if name in here.functions else []
        if name in here.bases:
            found += [f for f in [here.functions.get(f"{name}.__init__")] if f]
        for there, original in [*here.imported.get(name, []), *self.replaced.get((module, name), [])]:
            found += self._plain(there, original)
        return found

    def _on(self, module: Module, owner: str, call: ast.Attribute) -> list[Function]:
        name, value = call.attr, call.value
        if name in CALLBACKS:
            return [function for target in CALLBACKS[name] for function in self._named(target)]
        if isinstance(value, ast.Name) and value.id in module.modules:
            return self._plain(value.id, name)
        if isinstance(value, ast.Name) and value.id == "self" and owner:
            return self._methods(self._family(owner), name)
        if isinstance(value, ast.Call):  # super().method()
            return self._methods(self._family(owner), name) if owner else []
        receiver = value.attr if isinstance(value, ast.Attribute) else value.id if isinstance(value, ast.Name) else ""
        if receiver in self.receivers:
            classes = {c for name in self.receivers[receiver] for c in self._family(name)}
            return self._methods(classes, name)
        return [function for function in self._all() if function.name.endswith("." + name)]

    def _properties(self, node: ast.Attribute) -> list[Function]:
        return [
            function
            for function in self._all()
            if function.name.endswith("." + node.attr)
            and any(isinstance(d, ast.Name) and d.id == "property" for d in function.node.decorator_list)
        ]

    def _family(self, owner: str) -> set[str]:
        """A class with its bases and with what derives from it."""
        bases = {name: parents for module in self.modules.values() for name, parents in module.bases.items()}
        family, before = {owner}, set()
        while family != before:
            before = set(family)
            family |= {parent for name in before for parent in bases.get(name, [])}
            family |= {name for name, parents in bases.items() if before & set(parents)}
        return family

    def _methods(self, classes: set[str], name: str) -> list[Function]:
        return [function for owner in classes for function in self._named(f"{owner}.{name}")]
