"""Frama-C EVA over the kernel core: preparing the sources for the prover, asking it, its answer.

tests/eva has the prover's machine, port and assumptions; the prover gets copies of the core's files
in which a cast to a type of object is any object of that type, and in which the assumptions stand.
docs/proof.md says what that means.
"""

import hashlib
import json
import re
import shutil
import subprocess
from dataclasses import asdict, dataclass, field

from . import build
from .failure import Failure
from .paths import BUILD, LOGS, ROOT, TESTS, shown
from .progress import tail

HERE = TESTS / "eva"
HOST_PORT = ROOT / "kernel" / "arch" / "host" / "port"  # its entries, its lock
FOLDER = BUILD / "eva"
ASSUMPTIONS_MAX = 20
CORE = ["cap", "cpu", "debug", "fast", "guest", "ioport", "ipc", "irq", "notify", "pagetable",
        "panic", "reap", "sched", "schedops", "space", "spacemap", "syscall", "table", "thread",
        "timer", "untyped"]
# Not there for the prover; docs/proof.md says why.
LEFT_OUT = {"boot", "no_debug", "trace"}
OBJECTS = "endpoint|irq_line|notification|sched|space|table|thread"
CAST = re.compile(rf"\(struct ({OBJECTS}) \*\)((?:\w+)(?:(?:->|\.)\w+|\[\w+\])*)")
NUMBER = re.compile(r"\(uint64_t\)(thread|self);")
# In fast.c: what does not return.
NO_RETURN = re.compile(r"\b(unlock_slow|fast_signal|fast_poll|fast_answer_fault|fast_call|"
                       r"fast_reply_wait)\(([^;{}]*)\);")
INITS = "table space thread sched endpoint notification".split()

@dataclass
class Edit:
    """How the prover reads a place of the core."""

    file: str
    functions: list  # empty: the whole file
    old: str  # empty: `new` stands at the begin of the functions
    new: str


# What else the prover reads in place of what stands there.
MACHINE = [Edit(file, [], old, new) for file, old, new in (
    ("kernel/pagetable.c", "arch_phys_to_virt", "eva_node"),
    ("kernel/untyped.c", "arch_phys_to_virt", "eva_raw"),
    ("kernel/untyped.c", "name##_init", "eva_##name##_init"),
    ("kernel/thread.c", "arch_phys_to_virt", "eva_frame"),
    ("kernel/panic.c", "check_failed", "kernel_check_failed"),
    ("kernel/object.h", "object_init_t table_init",
     "object_init_t " + ", ".join(f"eva_{name}_init" for name in INITS) +
     ";\nobject_init_t table_init"),
    ("lib/base/check.h", "((void)sizeof(!(condition)))", "((void)0)"),
    ("lib/base/types.h", "((type *)(void *)((char *)(pointer)-offsetof(type, member)))",
     "eva_of_##member(pointer)"),
)]
# What is private to a file and has to be named.
ADDED = {
    "kernel/irq.c": "struct irq_line *eva_any_irq_line(void)\n"
                    "{\n    return &lines[eva_below(IRQ_LINES_MAX)];\n}\n",
    "kernel/thread.c": "struct slot *const eva_empty_slots = empty_slots;\n"
                       "const uint64_t eva_empty_mask = EMPTY_MASK;\n",
}


@dataclass
class Assumption:
    """A paragraph of assumptions.txt."""

    kind: str  # assume, precision
    name: str
    text: str = ""
    edits: list = field(default_factory=list)


def read_assumptions(text):
    """The paragraphs of assumptions.txt."""
    found, place, old = [], None, None
    for line in text.splitlines():
        head, _, rest = line.partition(" ")
        if head in ("assume", "precision"):
            found.append(Assumption(head, rest))
            place = None
        elif head == "in":
            place = rest.split()
        elif head == "-":
            old = rest
        elif head in ("+", ">"):
            found[-1].edits.append(Edit(place[0], place[1:], old if head == "+" else "", rest))
        elif line.startswith("  ") and place is None:
            found[-1].text += line.strip() + " "
        elif line and head != "#":
            raise Failure(f"assumptions.txt: not understood: {line}")
    return found


def _function(text, name):
    """From the begin of its first line to its last brace; None if @text does not have it."""
    found = re.search(rf"^[\w][^;{{}}=]*\b{name}\([^;{{}}]*\)\n?\s*\{{.*?^\}}$", text, re.M | re.S)
    return found and found.span()


def edited(text, edit, lenient=False):
    """@text with @edit. @lenient: a place that is not there any more stays as it is."""
    for name in edit.functions or [None]:
        span = _function(text, name) if name else (0, len(text))
        part = text[slice(*span)] if span else ""
        if edit.old in part and span:
            part = (part.replace(edit.old, edit.new) if edit.old else
                    re.sub(r"\)\n?\s*\{", lambda match: match[0] + " " + edit.new, part, count=1))
            text = text[:span[0]] + part + text[span[1]:]
        elif not lenient:
            raise Failure(f"{edit.file} {name or ''} has no `{edit.old}` any more",
                          "tests/eva/assumptions.txt says what the prover reads there")
    return text


def prepared(name, text, edits, lenient=False):
    """The text of a file of the core as the prover gets it."""
    if name == "lib/base/list.h":
        return (HERE / "list.h").read_text()
    if name.startswith("kernel/"):
        text = NUMBER.sub(r"eva_number(\1);", CAST.sub(r"eva_\1(\2)", text))
    for edit in edits + MACHINE:
        if edit.file == name:
            text = edited(text, edit, lenient)
    if name == "kernel/fast.c":
        text = NO_RETURN.sub(r"{ \1(\2); return; }", text)
    return text + ADDED.get(name, "")


def preprocessor(trees):
    """Options for the prover. @trees: where headers are looked for first."""
    generated = build.ensure("host") / "abi"
    includes = [*trees, HERE, generated, ROOT, ROOT / "abi"]
    return ["-no-frama-c-stdlib", "-cpp-extra-args=" +
            " ".join(["-std=gnu11 -ffreestanding -U__SIZEOF_INT128__",
                      *[f"-I{folder}" for folder in includes],
                      "-include", str(HERE / "machine.h")])]


def prepare(root, tree, edits, lenient=False):
    """Write into @tree what the prover reads in place of @root; returns its files."""
    left = {path.stem for path in (root / "kernel").glob("*.c")} - set(CORE) - LEFT_OUT
    if left:
        raise Failure(f"the prover does not see {', '.join(sorted(left))}",
                      "list it in tools/cormlib/eva.py")
    shutil.rmtree(tree, ignore_errors=True)
    for folder in ("kernel", "lib/base"):
        (tree / folder).mkdir(parents=True)
        for path in sorted((root / folder).glob("*.[ch]")):
            name = f"{folder}/{path.name}"
            (tree / name).write_text(prepared(name, path.read_text(), edits, lenient))
    core = [tree / "kernel" / f"{name}.c" for name in CORE] + [tree / "lib/base/wheel.c"]
    return core + [HERE / name for name in ("machine.c", "arch.c", "main.c")]


PARSE = ["-c11", "-machdep", "gcc_x86_64",
         "-kernel-warn-key", "typing:implicit-function-declaration=abort",
         "-kernel-warn-key", "typing:implicit-conv-void-ptr=inactive"]
# Where the prover is to keep apart what a function answered, and in whom how many cases.
ANSWERS = {"arch_lock_try": "0", "attached_slot": "0", "copied_slot": "0", "full_slot": "0",
           "judge_terms": "0", "object_memory_bytes": "0", "port_allowed": "0",
           "resolve_cap": "0", "resolve_caps": "0", "resolve_destination": "0",
           "wait_for_lock": "0", "wheel_step": "0:1"}
CASES = {"attached_slot": 20, "copied_slot": 20, "fast_call": 20, "fast_reply_wait": 40,
         "fault_later": 10, "full_slot": 20, "idle": 10, "invoke_into": 40, "invoke_resolved": 40,
         "ioport_in": 20, "ioport_out": 20, "ioport_out_bytes": 20, "judge_terms": 20,
         "object_memory_bytes": 10, "port_allowed": 20, "resolve_cap": 20, "resolve_caps": 50,
         "resolve_destination": 20, "sched_configure": 20, "sched_split": 20,
         "space_clone_range": 20, "space_map": 20, "space_map_list": 20, "space_protect": 20,
         "syscall_later": 10, "table_copy": 20, "table_mint": 20, "table_move": 20,
         "table_revoke": 20, "take_lock": 10, "time_expired": 200, "trap_fault": 10,
         "trap_syscall": 10, "untyped_retype": 20}
# A function that the prover has neither code nor contract of is an error.
EVA = ["-kernel-warn-key", "annot:missing-spec=abort", "-eva", "-main", "main", "-eva-no-print",
       "-eva-msg-key=-initial-state,-final-states", "-eva-unroll-recursive-calls", "20",
       "-eva-auto-loop-unroll", "10", "-eva-domains", "symbolic-locations",
       "-eva-builtin", "memset:Frama_C_memset",
       "-eva-split-return-function", ",".join(f"{name}:{to}" for name, to in ANSWERS.items()),
       "-eva-slevel-function", ",".join(f"{name}:{count}" for name, count in CASES.items())]
COVER = ["-then", "-metrics", "-metrics-eva-cover"]
FIRST_ALARM = ["-eva-stop-at-nth-alarm", "1"]
LIMIT_S = 1800

ALARM = re.compile(r"^\[eva:alarm\] (\S+): Warning: \n((?:  .*\n)+)", re.M)
REACHED = re.compile(r"In these functions, (\d+) statements reached \(out of (\d+)\)")
UNREACHED = re.compile(r"Unreached functions \(\d+\) =\n(.*?)^\[", re.M | re.S)
OF_FILE = re.compile(r"<(\S+?)>: ((?:\w+;\s*)+)")


@dataclass
class Answer:
    """What the prover said."""

    alarms: list  # [place, what], once each
    unreached: list = field(default_factory=list)  # functions of the core
    statements: list = field(default_factory=list)  # reached, of; of the whole core


def _ask(options, name, folder):
    """The prover's log. Its status says nothing: it is 1 as well when it stops at an alarm."""
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / f"eva-{name}.log"
    with open(log, "wb") as stream:
        try:
            subprocess.run(["frama-c", *options], cwd=folder, stdin=subprocess.DEVNULL,
                           stdout=stream, stderr=subprocess.STDOUT, timeout=LIMIT_S)
        except subprocess.TimeoutExpired:
            raise Failure(f"the prover: no end after {LIMIT_S} s", f"see {shown(log)}") from None
    return log


def _read_answer(path, mutant=False):
    log = path.read_text()
    alarms = {}
    for place, what in ALARM.findall(log):
        place = re.sub(r"^\S*/source/", "", place).replace(f"{ROOT}/", "")
        alarms[place, " ".join(what.split())] = None
    answer = Answer([list(alarm) for alarm in alarms])
    if mutant and (alarms or "ANALYSIS SUMMARY" in log):
        return answer
    reached, unreached = REACHED.search(log), UNREACHED.search(log)
    if not reached or "User Error" in log:
        raise Failure("the prover did not come to its end; the end of "
                      f"{shown(path)}:\n{tail(path)}")
    answer.statements = [int(number) for number in reached.groups()]
    for file, names in OF_FILE.findall(unreached[1] if unreached else ""):
        if "/source/" in file:
            answer.unreached += [name.strip() for name in names.split(";") if name.strip()]
    return answer


def analyse(name, root, edits, mutant=False):
    """The prover's answer for the core below @root with these edits. Of a @mutant, the first alarm.

    What was asked before, and has not changed, is not asked again until build/ is cleaned.
    """
    folder = FOLDER / name
    tree = folder / "source"
    files = prepare(root, tree, edits, lenient=mutant)
    options = [*PARSE, *preprocessor([tree]), *map(str, files), *EVA,
               *(FIRST_ALARM if mutant else COVER)]
    inputs = hashlib.sha256(repr(options).encode())
    for place in (tree, HERE, HOST_PORT, ROOT / "abi", build.ensure("host") / "abi"):
        for path in sorted(place.rglob("*.[ch]")):
            inputs.update(path.read_bytes())
    said = folder / f"{inputs.hexdigest()}.json"
    if said.exists():
        return Answer(**json.loads(said.read_text()))
    answer = _read_answer(_ask(options, name, folder), mutant)
    said.write_text(json.dumps(asdict(answer)))
    return answer
