"""Lemmas about bits that WP uses and cannot prove: z3 proves them with vectors of bits.

A lemma is written once, as a Python expression over numbers of 64 bits, GIVEN => THEN, and read
twice: as an axiom about integers, for WP, and as a question to z3. For both to mean the same, the
vectors are so wide that nothing overflows, and z3 is asked that as well.
"""

import ast
import subprocess

from .failure import Failure

# As the language of contracts says it, and as SMT-LIB does.
BINARY = {ast.BitOr: ("|", "bvor"), ast.BitAnd: ("&", "bvand"), ast.BitXor: ("^", "bvxor"),
          ast.LShift: ("<<", "bvshl"), ast.RShift: (">>", "bvlshr"), ast.Add: ("+", "bvadd"),
          ast.Mult: ("*", "bvmul"), ast.Mod: ("%", "bvurem")}
COMPARED = {ast.Eq: ("==", "="), ast.NotEq: ("!=", "distinct"), ast.Lt: ("<", "bvult"),
            ast.LtE: ("<=", "bvule")}
JOINED = {ast.And: ("&&", "and"), ast.Or: ("||", "or")}
NUMBER_BITS = 64
VECTOR_BITS = 160  # a product of two, shifted by less than 32, fits
SHIFT_MAX = NUMBER_BITS - 1
LIMIT_S = 20


def _vector(number):
    return f"(_ bv{number} {VECTOR_BITS})"


class _Reader:
    """Both readings of an expression, and what z3 has to show about its shifts."""

    def __init__(self):
        self.names = set()
        self.defined = set()  # by an equation: no range has to be known of these
        self.bounds = []

    def read(self, node):
        if isinstance(node, ast.Name):
            self.names.add(node.id)
            return node.id, node.id
        if isinstance(node, ast.Constant):
            return str(node.value), _vector(node.value)
        if isinstance(node, ast.BoolOp):
            word, symbol = JOINED[type(node.op)]
            parts = [self.read(value) for value in node.values]
            return ("(" + f" {word} ".join(part[0] for part in parts) + ")",
                    f"({symbol} " + " ".join(part[1] for part in parts) + ")")
        if isinstance(node, ast.Call):  # BIT(n)
            name, value = self.read(ast.BinOp(ast.Constant(1), ast.LShift(), node.args[0]))
            return f"((unsigned long long){name})", value
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Invert):
            part = self.read(node.operand)
            return (f"((unsigned long long)(~{part[0]}))",
                    f"(bvand (bvnot {part[1]}) {_vector((1 << NUMBER_BITS) - 1)})")
        if isinstance(node, ast.Compare) and len(node.ops) == 1:
            table, kind, left, right = COMPARED, node.ops[0], node.left, node.comparators[0]
        elif isinstance(node, ast.BinOp):
            table, kind, left, right = BINARY, node.op, node.left, node.right
        else:
            raise Failure(f"a lemma says what is not understood: {ast.unparse(node)}")
        if isinstance(kind, ast.Eq) and isinstance(left, ast.Name):
            self.defined.add(left.id)
        word, symbol = table[type(kind)]
        left, right = self.read(left), self.read(right)
        if isinstance(kind, ast.LShift):
            self.bounds.append(f"(bvule {right[1]} {_vector(SHIFT_MAX)})")
        return f"({left[0]} {word} {right[0]})", f"({symbol} {left[1]} {right[1]})"


def _holds(name, question):
    """z3 finds no numbers for which it is false."""
    answer = subprocess.run(["z3", f"-T:{LIMIT_S}", "-in"], input=question, text=True,
                            stdout=subprocess.PIPE, check=False).stdout.strip()
    if answer not in ("sat", "unsat", "unknown", "timeout"):
        raise Failure(f"z3 about the lemma {name}: {answer}")
    return answer == "unsat"


def read_lemma(name, text):
    """The axiom, and whether it is proved."""
    given, _, then = text.rpartition("=>")
    reader = _Reader()
    given = reader.read(ast.parse(given.strip() or "0 == 0", mode="eval").body)
    defined = set(reader.defined)
    then = reader.read(ast.parse(then.strip(), mode="eval").body)
    names = sorted(reader.names)
    ranged = sorted(reader.names - defined)
    ranges = " && ".join(f"0 <= {one} < {1 << NUMBER_BITS}" for one in ranged)
    axiom = (f"axiom {name}: \\forall integer {', '.join(names)}; "
             f"{ranges} ==> {given[0]} ==> {then[0]};")
    question = ["(set-logic QF_BV)",
                *[f"(declare-const {one} (_ BitVec {VECTOR_BITS}))" for one in names],
                *[f"(assert (bvult {one} {_vector(1 << NUMBER_BITS)}))" for one in ranged],
                f"(assert {given[1]})",
                f"(assert (not (and {' '.join([then[1], *reader.bounds])})))(check-sat)"]
    return axiom, _holds(name, "\n".join(question))
