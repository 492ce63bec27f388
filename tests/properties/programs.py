"""Batches of random programs: many cases in one compiled program, each with the output that the terms themselves give."""

from __future__ import annotations

import random
import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import term_rules  # noqa: F401 - adds its rules to the generator
from expressions import Function, Generator, Scope
from terms import FUEL, Discard, Machine, Return, Term, Type, show, type_text

from meshpy.api import build_project

TIMEOUT = 60  # seconds


@dataclass
class Case:
    number: int
    ty: Type
    body: Term
    functions: list[Function]  # all that it may call
    generator: Generator

    def source(self) -> str:
        name = f"case_{self.number}"
        return f'fn {name}() do\nprintln("== {self.number}")\nlet r = {name}_body()\nprintln("${{r}}")\nend\n{self.own()}'

    def own(self) -> str:
        return f"fn case_{self.number}_body() -> {type_text(self.ty)} do\n{self.body.source()}\nend"

    def expected(self) -> list[str]:
        """The lines it prints. Raises Discard."""
        Machine.fuel, Machine.output = FUEL, []
        try:
            value = self.body({})
        except Return as early:
            value = early.value
        except RecursionError:
            raise Discard from None
        return "\n".join([*Machine.output, show(self.ty, value, self.generator.types)]).split("\n")


def draw(seed: int, count: int) -> list[Case]:
    """``count`` cases that share types and functions."""
    generator = Generator(random.Random(seed))
    generator.declare_types()
    cases: list[Case] = []
    while len(cases) < count:
        before = len(generator.functions)
        for _ in range(generator.rng.randint(0, 3)):
            generator.function()
        ty = generator.type()
        body = generator.block(ty, Scope(result=ty), 5)
        case = Case(len(cases), ty, body, list(generator.functions), generator)
        try:
            lines = case.expected()
            if sum(map(len, lines)) > 20_000 or len(case.own()) > 6_000:
                raise Discard
        except Discard:
            del generator.functions[before:]
            continue
        cases.append(case)
    return cases


def source(cases: list[Case]) -> str:
    """One program of these cases and what they reach."""
    functions = {f.name: f for c in cases for f in c.functions}
    texts = {name: f.source() for name, f in functions.items()}
    reached: dict[str, str] = {}
    pending = [c.source() for c in cases]
    while pending:
        for name in re.findall(r"\bf\d+\b", pending.pop()):
            if name in texts and name not in reached:
                reached[name] = texts[name]
                pending.append(texts[name])
    ordered = [reached[name] for name in texts if name in reached]
    calls = "\n".join(f"case_{c.number}()" for c in cases)
    return "\n\n".join([cases[0].generator.preamble(), *ordered, *(c.source() for c in cases), f"fn main() do\n{calls}\nend\n"])


def run(text: str, level: int) -> str:
    """Standard output of the program; what went wrong instead, if something did."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "main.mpl"
        file.write_text(text)
        try:
            result = build_project(file, Path(folder) / "program", opt_level=level, use_cache=False)
        except Exception as error:  # noqa: BLE001 - a defect of the compiler
            return f"!! {type(error).__name__}: {error}\n{getattr(error, 'details', '')}"
        if result.output is None:
            marked = [(d.code, d.message, *(text.encode()[x.start : x.end].decode() for x in d.labels)) for d in result.diagnostics if d.is_error]
            return "!! " + "\n".join(map(str, marked))
        try:
            done = subprocess.run([result.output], capture_output=True, timeout=TIMEOUT)
        except subprocess.TimeoutExpired:
            return "!! still running"
    problem = "" if done.returncode == 0 and not done.stderr else f"!! status {done.returncode} {done.stderr.decode(errors='replace')}"
    return done.stdout.decode(errors="replace") + problem


def outputs(cases: list[Case], level: int) -> dict[int, list[str]] | str:
    """Lines of each case; a text if the whole gave none."""
    text = run(source(cases), level)
    if "!! " in text:
        return text
    parts = re.split(r"^== (\d+)\n", text, flags=re.M)
    return {int(n): body.split("\n")[:-1] for n, body in zip(parts[1::2], parts[2::2], strict=True)}


def problem(case: Case, level: int) -> str:
    """What is wrong with this case alone; empty if nothing is."""
    found = outputs([case], level)
    if isinstance(found, str):
        return found[found.index("!! "):]
    wanted = case.expected()
    return "" if found[case.number] == wanted else f"expected {wanted}\nfound    {found[case.number]}"


def kind_of(text: str) -> str:
    return re.sub(r"[\d\W]+", " ", text.split("\n")[0])[:25] if text.startswith("!!") else text[:8]


def reduce(case: Case, level: int, attempts: int = 150) -> str:
    """Makes a failing case smaller while it fails in the same way; its program and what is wrong with it."""
    first = problem(case, level)
    kind, left = kind_of(first), attempts
    done = False
    while not done and left > 0:
        done = True
        roots = [case.body, *(b for f in case.functions for b in f.bodies if re.search(rf"\b{f.name}\b", source([case])))]
        places = [(t, i) for root in roots for t in [root, *root.inner()] for i, p in enumerate(t.parts) if isinstance(p, Term)]
        places.sort(key=lambda place: -len(place[0].parts[place[1]].source()))
        for parent, i in places:
            old = parent.parts[i]
            options = [p for p in old.inner() if p.ty == old.ty][:3]
            if len(old.source()) > 6 and old.ty != "Range":
                options.insert(0, case.generator.literal(old.ty, Scope(), 0))
            for new in options:
                if len(new.source()) >= len(old.source()) or left <= 0:
                    continue
                parent.parts[i] = new
                try:
                    case.expected()
                except Exception:  # noqa: BLE001 - a name that is no longer bound
                    parent.parts[i] = old
                    continue
                left -= 1
                if kind_of(problem(case, level)) == kind:
                    done = False
                    break
                parent.parts[i] = old
            if not done:
                break
    return f"{source([case])}\n{problem(case, level)}"
