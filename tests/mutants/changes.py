"""The small changes that are made to a module: another comparison, a condition, a number or a statement less.

Numbers that are named at the top of a module, or that scale others, are left as they are: nobody notices that 60
characters became 61. So are f-strings, assertions, annotations, decorators and what another operating system needs.
"""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final


@dataclass(frozen=True)
class Change:
    """The bytes of a source from `start` to `end`, which are `old`, become `new`; `where` names the function.

    `number` counts the changes of one function that read alike.
    """

    where: str
    line: int
    start: int
    end: int
    old: str
    new: str
    number: int = 0

    def applied(self, source: bytes) -> bytes:
        """Return the source with this change."""
        return source[: self.start] + self.new.encode() + source[self.end :]

    def __str__(self) -> str:
        """Return both texts, each on one line and not too long."""
        old, new = (" ".join(text.split()) for text in (self.old, self.new))
        return f"{_cut(old)}  ->  {_cut(new)}"


COMPARISONS: Final[dict[type[ast.cmpop], tuple[str, str]]] = {
    ast.Lt: ("<", "<="),
    ast.LtE: ("<=", "<"),
    ast.Gt: (">", ">="),
    ast.GtE: (">=", ">"),
    ast.Eq: ("==", "!="),
    ast.NotEq: ("!=", "=="),
    ast.Is: ("is", "is not"),
    ast.IsNot: (r"is\s+not", "is"),
    ast.In: ("in", "not in"),
    ast.NotIn: (r"not\s+in", "in"),
}
ARITHMETIC: Final[dict[type[ast.operator], tuple[str, str]]] = {
    ast.Add: (r"\+", "-"),
    ast.Sub: ("-", "+"),
    ast.Mult: (r"\*", "/"),
    ast.Div: ("/", "*"),
    ast.FloorDiv: ("//", "*"),
}
_NOT_SEEN: Final = frozenset({"repr", "daemon"})
"""Keywords whose values change nothing that the program does."""

_Function = ast.FunctionDef | ast.AsyncFunctionDef


def changes_in(source: bytes) -> list[Change]:
    """Return the changes that can be made to a module, in the order of its lines."""
    found = sorted(_Finder(source).of(ast.parse(source)), key=lambda change: (change.start, change.end, change.new))
    seen: Counter[tuple[str, str, str]] = Counter()
    numbered = []
    for change in found:
        alike = (change.where, change.old, change.new)
        numbered.append(replace(change, number=seen[alike]))
        seen[alike] += 1
    return numbered


class _Finder:
    """Goes through a module's tree; `_names` are the classes and functions around the node at hand."""

    def __init__(self, source: bytes) -> None:
        self._source = source
        self._lines = [0]
        for line in source.splitlines(keepends=True):
            self._lines.append(self._lines[-1] + len(line))
        self._names: list[str] = []
        self._functions = 0

    def of(self, node: ast.AST) -> Iterator[Change]:
        """Return the changes to a node and to all in it."""
        if isinstance(node, ast.Assert | ast.JoinedStr) or _is_elsewhere(node):
            return
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield from self._inside(node)
            return
        yield from self._changes(node)
        scales = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div | ast.FloorDiv | ast.Pow)
        for name, value in ast.iter_fields(node):
            for child in value if isinstance(value, list) else [value]:
                is_scale = scales and isinstance(child, ast.Constant)
                if isinstance(child, ast.AST) and name != "annotation" and not is_scale:
                    yield from self.of(child)

    def _inside(self, node: ast.ClassDef | _Function) -> Iterator[Change]:
        """What is in the body of a class or function, but not what decorates or types it."""
        is_function = not isinstance(node, ast.ClassDef)
        if node.name == "__repr__" or any(
            isinstance(base, ast.Name) and base.id == "Protocol" for base in _bases(node)
        ):
            return
        self._names.append(node.name)
        self._functions += is_function
        for statement in node.body:
            if is_function and isinstance(statement, ast.Return) and statement is node.body[-1]:
                if statement.value:  # without it the function gives nothing, which everybody notices
                    yield from self.of(statement.value)
            else:
                yield from self.of(statement)
        self._functions -= is_function
        self._names.pop()

    def _changes(self, node: ast.AST) -> Iterator[Change]:
        """The changes to one node."""
        match node:
            case ast.Compare():
                ends = [node.left, *node.comparators]
                for left, operator, right in zip(ends, node.ops, node.comparators, strict=False):
                    yield from self._between(left, right, *COMPARISONS[type(operator)])
            case ast.BinOp() if self._functions and type(node.op) in ARITHMETIC and not _is_of_text(node):
                yield from self._between(node.left, node.right, *ARITHMETIC[type(node.op)])
            case ast.BoolOp():
                yield from self._shorter(node)
            case ast.UnaryOp(op=ast.Not()):
                yield self._change(node, f"({self._text(node.operand)})")
            case ast.Constant(value=bool(value)):
                yield self._change(node, str(not value))
            case ast.Constant(value=int(value)) if self._functions:
                yield self._change(node, str(value + 1))
            case ast.stmt() if self._functions and _can_go(node):
                yield self._change(node, "pass")
        if isinstance(node, ast.If | ast.While | ast.IfExp):
            yield from self._negated(node.test)
        elif isinstance(node, ast.comprehension):
            for test in node.ifs:
                yield from self._negated(test)
        elif isinstance(node, ast.match_case) and node.guard:
            yield from self._negated(node.guard)

    def _negated(self, test: ast.expr) -> Iterator[Change]:
        """A condition that nothing else is done to."""
        if isinstance(test, ast.Name | ast.Attribute | ast.Call | ast.NamedExpr | ast.Await):
            yield self._change(test, f"(not ({self._text(test)}))")

    def _shorter(self, node: ast.BoolOp) -> Iterator[Change]:
        """The operands of `and` and `or` but one."""
        word = " and " if isinstance(node.op, ast.And) else " or "
        for gone in node.values:
            yield self._change(node, word.join(f"({self._text(each)})" for each in node.values if each is not gone))

    def _between(self, left: ast.expr, right: ast.expr, operator: str, instead: str) -> Iterator[Change]:
        """Another operator between two operands; brackets may stand beside it."""
        _, start = self._place(left)
        end, _ = self._place(right)
        if found := re.search(rb"(?<!\w)" + operator.encode() + rb"(?!\w)", self._source[start:end]):
            at = start + found.start()
            yield self._made(self._line_of(at), at, start + found.end(), instead)

    def _change(self, node: ast.expr | ast.stmt, new: str) -> Change:
        start, end = self._place(node)
        return self._made(node.lineno, start, end, new)

    def _made(self, line: int, start: int, end: int, new: str) -> Change:
        return Change(".".join(self._names), line, start, end, self._source[start:end].decode(), new)

    def _text(self, node: ast.expr) -> str:
        start, end = self._place(node)
        return self._source[start:end].decode()

    def _place(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        """Where a node begins and ends, in bytes."""
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return (
            self._lines[node.lineno - 1] + node.col_offset,
            self._lines[node.end_lineno - 1] + node.end_col_offset,
        )

    def _line_of(self, at: int) -> int:
        return self._source.count(b"\n", 0, at) + 1


def _bases(node: ast.ClassDef | _Function) -> list[ast.expr]:
    if isinstance(node, ast.ClassDef):
        return [base.value if isinstance(base, ast.Subscript) else base for base in node.bases]
    return []


def _can_go(node: ast.stmt) -> bool:
    """Whether a statement can be left out such that what follows can still run."""
    match node:
        case ast.Expr(value=ast.Call() | ast.Await()) | ast.AugAssign() | ast.Delete() | ast.Raise():
            return True
        case ast.Return() | ast.Continue() | ast.Break():
            return True
        case ast.Assign(targets=targets):
            return all(isinstance(target, ast.Attribute | ast.Subscript) for target in targets)
        case _:
            return False


def _is_elsewhere(node: ast.AST) -> bool:
    """Whether a node is for type checkers or for another system alone, or changes nothing."""
    if isinstance(node, ast.keyword):
        return node.arg in _NOT_SEEN
    test = ast.unparse(node.test) if isinstance(node, ast.If | ast.IfExp) else ""
    return any(words in test for words in ("TYPE_CHECKING", "sys.platform"))


def _is_of_text(node: ast.BinOp) -> bool:
    """Whether a sum or product is one of texts, which cannot be calculated with otherwise."""
    return any(
        isinstance(each, ast.JoinedStr) or (isinstance(each, ast.Constant) and isinstance(each.value, str | bytes))
        for each in (node.left, node.right)
    )


def _cut(text: str, length: int = 90) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"
