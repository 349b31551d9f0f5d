"""The small wrong changes that can be made to a line of Python."""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import accumulate

__all__ = ["Change", "changes"]

_COMPARED = {
    ast.Lt: (ast.LtE, ast.Gt), ast.LtE: (ast.Lt, ast.Gt), ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.Lt), ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,), ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,), ast.Is: (ast.IsNot,), ast.IsNot: (ast.Is,),
}  # fmt: skip
_COMPUTED = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.Mod: ast.Mult,
    ast.FloorDiv: ast.Mult, ast.Pow: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
}  # fmt: skip
#: Words that stand for each other's opposite, in names and in the parts of texts.
_OPPOSITES = [
    *(("min", "max"), ("any", "all"), ("low", "high"), ("left", "right"), ("bottom", "top")),
    *(("first", "last"), ("head", "tail"), ("mean", "median"), ("sum", "mean"), ("std", "var")),
    *(("isna", "notna"), ("floor", "ceil"), ("inner", "outer"), ("less", "greater")),
    *(("argmin", "argmax"), ("idxmin", "idxmax"), ("nanmin", "nanmax"), ("nanmean", "nanmedian")),
    *(("p", "p_fdr"), ("p_fdr", "p"), ("men", "women"), ("permute", "aligned")),
    *(("lower", "upper"), ("before", "after"), ("pearson", "spearman"), ("within", "between")),
]
_SWAPPED = {old: new for one, other in _OPPOSITES for old, new in ((other, one), (one, other))}
#: Calls that can be left out: the first argument, or what the method belongs to, stays.
_LEFT_OUT = {
    *("abs", "sorted", "sqrt", "log", "exp", "square", "round", "fillna", "dropna", "clip"),
    *("sort_values", "sort_index", "drop_duplicates", "reindex", "nan_to_num", "unique", "where"),
}
#: What is said to a person, and what keeps others quiet, is not changed.
_SAID = {
    *("InputError", "TransdxError", "warn", "tell", "progress", "tick", "print"),
    *("simplefilter", "errstate"),
}
#: Calls that do not care for the order of their arguments, or fail at once in another.
_SYMMETRIC = {"isinstance", "getattr", "field", "min", "max", "minimum", "maximum"}
#: Keywords without which a right program does the same.
_GUARDS = {"strict", "disp", "dtype", "encoding", "name", "names", "exist_ok", "parents"}
#: Smaller numbers only absorb rounding.
_ROUNDING = 1e-6


@dataclass(frozen=True)
class Change:
    """One change of one file.

    Attributes
    ----------
    line : int
        Where it begins.
    kind, before, after : str
        What is done, and the text there without and with it.
    start, end : int
        Where in the module that text is.
    """

    line: int
    kind: str
    before: str
    after: str
    start: int
    end: int

    def applied(self, text: str) -> str:
        """Give the module with the change."""
        return text[: self.start] + self.after + text[self.end :]


def changes(text: str) -> list[Change]:
    r"""List the changes that can be made to a module.

    Docstrings, annotations, imports, decorators, raised errors, f-strings and ``__all__`` are left
    alone.

    Parameters
    ----------
    text : str
        The module.

    Returns
    -------
    list of Change
        In the order of the lines.

    Examples
    --------
    >>> [(one.kind, one.after) for one in changes("def f(x):\n    return x < 5\n")]
    [('comparison', '(x <= 5)'), ('comparison', '(x > 5)'), ('number', '(6)'), ('number', '(4)')]
    """
    starts = list(accumulate((len(line) for line in text.splitlines(keepends=True)), initial=0))
    found = [
        _change(text, starts, node, kind, new)
        for node in _changeable(ast.parse(text))
        for way in _WAYS
        for kind, new in way(node)
        if ast.dump(new) != ast.dump(node)
    ]
    return sorted(found, key=lambda one: one.line)


def _changeable(node: ast.AST) -> Iterator[ast.AST]:
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list", "type_params", "bases"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not _left_alone(child):
                yield child
                yield from _changeable(child)


def _left_alone(node: ast.AST) -> bool:
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant) or _called(node.value) in _SAID
    if isinstance(node, ast.Assign):
        return getattr(node.targets[0], "id", "") == "__all__"
    if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING":
        return True
    kinds = (ast.Import, ast.ImportFrom, ast.Raise, ast.Assert, ast.JoinedStr, ast.AnnAssign)
    return isinstance(node, kinds[:-1]) or _called(node) in _SAID


def _called(node: ast.AST) -> str:
    function = getattr(node, "func", None)
    return str(getattr(function, "attr", getattr(function, "id", "")))


def _changed(node: ast.AST, **fields: object) -> ast.AST:
    new = copy.copy(node)
    for name, value in fields.items():
        setattr(new, name, value)
    return new


def _place(items: list[ast.AST], position: int, new: object) -> list[object]:
    return [*items[:position], new, *items[position + 1 :]]


_New = Iterator[tuple[str, ast.AST]]


def _comparison(node: ast.AST) -> _New:
    if isinstance(node, ast.Compare):
        for position, old in enumerate(node.ops):
            for new in _COMPARED[type(old)]:
                yield "comparison", _changed(node, ops=_place(node.ops, position, new()))


def _arithmetic(node: ast.AST) -> _New:
    if isinstance(node, ast.BinOp):
        if type(node.op) in _COMPUTED and not any(map(_is_text, (node.left, node.right))):
            yield "operator", _changed(node, op=_COMPUTED[type(node.op)]())
        if isinstance(node.op, ast.Sub | ast.Div):
            yield "operands swapped", _changed(node, left=node.right, right=node.left)
    if isinstance(node, ast.AugAssign) and type(node.op) in _COMPUTED and not _is_text(node.value):
        yield "operator", _changed(node, op=_COMPUTED[type(node.op)]())
    if isinstance(node, ast.UnaryOp) and not isinstance(node.operand, ast.Constant):
        yield "sign or not dropped", node.operand


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.JoinedStr | ast.List | ast.Tuple) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def _logic(node: ast.AST) -> _New:
    if isinstance(node, ast.BoolOp):
        yield "and/or", _changed(node, op=ast.And() if isinstance(node.op, ast.Or) else ast.Or())
        for position in range(len(node.values)):
            rest = node.values[:position] + node.values[position + 1 :]
            kept = rest[0] if len(rest) == 1 else _changed(node, values=rest)
            yield "condition dropped", kept
    if isinstance(node, ast.IfExp):
        yield "branches swapped", _changed(node, body=node.orelse, orelse=node.body)
    if isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
        for position, part in enumerate(node.generators):
            if part.ifs:
                bare = _place(node.generators, position, _changed(part, ifs=[]))
                yield "filter dropped", _changed(node, generators=bare)


def _constant(node: ast.AST) -> _New:
    if not isinstance(node, ast.Constant):
        return
    value = node.value
    if isinstance(value, bool):
        yield "constant", ast.Constant(not value)
    elif isinstance(value, int):
        yield "number", ast.Constant(value + 1)
        yield "number", ast.Constant(value - 1)
    elif isinstance(value, float):
        yield "number", ast.Constant(value * 1.2 if abs(value) > _ROUNDING else 0.0)
    elif isinstance(value, str) and _opposite(value) != value:
        yield "word", ast.Constant(_opposite(value))


def _opposite(text: str) -> str:
    """Turn the one word of a text that has an opposite."""
    if text in _SWAPPED:
        return _SWAPPED[text]
    parts = re.split(r"([_ .:-])", text)
    turned = [_SWAPPED.get(part, part) if len(part) > 1 else part for part in parts]
    return "".join(turned)


def _call(node: ast.AST) -> _New:
    if isinstance(node, ast.Attribute) and node.attr in _SWAPPED:
        yield "word", _changed(node, attr=_SWAPPED[node.attr])
    if not isinstance(node, ast.Call):
        return
    name = _called(node)
    if isinstance(node.func, ast.Name) and name in ("min", "max", "any", "all"):
        yield "word", _changed(node, func=ast.Name(_SWAPPED[name], ast.Load()))
    if name in _LEFT_OUT:
        method = isinstance(node.func, ast.Attribute) and getattr(node.func.value, "id", "") != "np"
        if name == "where" and not method:
            yield "branches swapped", _changed(node, args=[node.args[0], *node.args[:0:-1]])
        elif method or node.args:
            kept = node.func.value if method else node.args[0]
            yield "call left out", kept


def _arguments(node: ast.AST) -> _New:
    if not isinstance(node, ast.Call):
        return
    for position, given in enumerate(node.keywords):
        if isinstance(given.value, ast.Constant) and given.arg and given.arg not in _GUARDS:
            fewer = node.keywords[:position] + node.keywords[position + 1 :]
            yield "keyword dropped", _changed(node, keywords=fewer)
    alike = (ast.Name, ast.Attribute, ast.Subscript)
    for position in range(len(node.args) - 1):
        first, second = node.args[position : position + 2]
        if (
            isinstance(first, alike)
            and isinstance(second, alike)
            and _called(node) not in _SYMMETRIC
        ):
            args = _place(_place(node.args, position, second), position + 1, first)
            yield "arguments swapped", _changed(node, args=args)


def _statement(node: ast.AST) -> _New:
    if isinstance(node, ast.Expr | ast.AugAssign | ast.Continue | ast.Delete):
        yield "statement dropped", ast.Pass()
    if isinstance(node, ast.Assign):
        target = node.targets[0]
        again = isinstance(target, ast.Name) and any(
            isinstance(part, ast.Name) and part.id == target.id for part in ast.walk(node.value)
        )
        if again or isinstance(target, ast.Subscript | ast.Attribute):
            yield "statement dropped", ast.Pass()
    if isinstance(node, ast.If):
        yield "condition never", _changed(node, test=ast.Constant(False))
        if not _raises(node):
            yield "condition always", _changed(node, test=ast.Constant(True))
    if isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple):
        items = node.value.elts
        if len(items) == 2 and not any(isinstance(item, ast.Starred) for item in items):
            yield "result swapped", ast.Return(_changed(node.value, elts=items[::-1]))


def _raises(node: ast.If) -> bool:
    return isinstance(node.body[-1], ast.Raise)


_WAYS: list[Callable[[ast.AST], _New]] = [
    _comparison, _arithmetic, _logic, _constant, _call, _arguments, _statement,
]  # fmt: skip


def _change(text: str, starts: list[int], node: ast.AST, kind: str, new: ast.AST) -> Change:
    """Put what was made of a node in its place; of an `if`, in the place of its condition."""
    if isinstance(node, ast.If):
        node, new = node.test, new.test
    start, end = (
        # Columns count bytes.
        starts[line - 1] + len(text[starts[line - 1] :].encode()[:column].decode())
        for line, column in (
            (node.lineno, node.col_offset),
            (node.end_lineno, node.end_col_offset),
        )
    )
    after = ast.unparse(ast.fix_missing_locations(new))
    after = f"({after})" if isinstance(node, ast.expr) else after
    return Change(node.lineno, kind, text[start:end], after, start, end)
