"""Users' YAML, read safely: one model, one clear error with file, line and key path."""

from __future__ import annotations

import math
import warnings
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, get_args

from curveshift.errors import CurveshiftError, unknown_name

if TYPE_CHECKING:
    from pydantic import BaseModel, ValidationError
    from ruamel.yaml.nodes import Node

    M = TypeVar("M", bound=BaseModel)

MAX_BYTES = 2_000_000
MAX_DEPTH = 40
_CORE = "tag:yaml.org,2002:"

# A key path such as ("assumptions", 3, "value"), and where each one stands in the file.
KeyPath = tuple[str | int, ...]
Lines = dict[KeyPath, int]


def load_yaml(path: str | Path, model: type[M]) -> M:
    """Read one YAML 1.2 file (JSON is YAML too) and validate it against a pydantic model.

    Text is data, never code: tags, anchors, aliases, duplicate keys and numbers that are not finite are
    refused, and so are files above 2 MB or nested deeper than 40. Dates without a time stay dates.

    Parameters
    ----------
    path : str or Path
        The file.
    model : type of pydantic.BaseModel
        What the file must look like. Its validators say what is wrong with a ``ValueError``.

    Returns
    -------
    pydantic.BaseModel
        The validated content.

    Raises
    ------
    CurveshiftError
        One sentence on the first problem in the file, with file, line and key path, the nearest valid
        key for a stray one, and the number of further problems.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> from pydantic import BaseModel
    >>> class Shelf(BaseModel, extra="forbid"):
    ...     chips: int
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder) / "shelf.yaml"
    ...     _ = file.write_text("chips: 12")
    ...     load_yaml(file, Shelf).chips
    12
    """
    from pydantic import ValidationError

    data, lines = _read(Path(path))
    try:
        return model.model_validate(data)
    except ValidationError as err:
        raise _first_problem(err, model, lines, str(path)) from None


def _read(path: Path) -> tuple[Any, Lines]:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, ReusedAnchorWarning, YAMLError

    where = str(path)
    try:
        if path.stat().st_size > MAX_BYTES:
            raise CurveshiftError(f"is larger than the {MAX_BYTES // 1_000_000} MB allowed", where)
        text = path.read_bytes()[: MAX_BYTES + 1].decode("utf-8-sig")
    except OSError as err:
        raise CurveshiftError(f"cannot be read: {err.strerror or err}", where) from err
    except UnicodeDecodeError as err:
        raise CurveshiftError(f"is not UTF-8 text (byte {err.start})", where) from err
    try:
        with warnings.catch_warnings():
            # An anchor is refused below, whether it is there once or twice.
            warnings.simplefilter("ignore", ReusedAnchorWarning)
            node = YAML(typ="safe", pure=True).compose(text)
        lines: Lines = {}
        return _plain(node, (), lines, where), lines
    except MarkedYAMLError as err:
        line = f":{err.problem_mark.line + 1}" if err.problem_mark else ""
        raise CurveshiftError(f"is not valid YAML: {err.problem or err.context}", where + line) from err
    except YAMLError as err:
        raise CurveshiftError(f"is not valid YAML: {str(err).splitlines()[0]}", where) from err
    except RecursionError as err:
        raise CurveshiftError(f"is nested deeper than {MAX_DEPTH} levels", where) from err


def _plain(node: Node | None, path: KeyPath, lines: Lines, file: str) -> Any:
    from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

    if node is None:
        raise CurveshiftError("is empty", file)
    lines[path] = node.start_mark.line + 1
    where = f"{file}:{lines[path]}"
    if node.anchor is not None:
        raise CurveshiftError(f"YAML anchors (&{node.anchor}) are not accepted: write the value out", where)
    if len(path) > MAX_DEPTH:
        raise CurveshiftError(f"is nested deeper than {MAX_DEPTH} levels", where)
    kind = str(node.tag).removeprefix(_CORE)
    if isinstance(node, SequenceNode) and kind == "seq":
        return [_plain(item, (*path, i), lines, file) for i, item in enumerate(node.value)]
    if isinstance(node, MappingNode) and kind == "map":
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            place = f"{file}:{key_node.start_mark.line + 1}"
            if not isinstance(key_node, ScalarNode) or key_node.anchor is not None:
                raise CurveshiftError("a key must be a single word, number or date", place)
            key = _joined(str(key_node.value), place)
            if key in found:
                raise CurveshiftError(f"{_dotted((*path, key))} is given twice", place)
            found[key] = _plain(value_node, (*path, key), lines, file)
        return found
    if isinstance(node, ScalarNode):
        return _scalar(kind, str(node.value), where)
    raise CurveshiftError(f"YAML tags ({node.tag}) are not accepted: write plain values", where)


def _joined(text: str, where: str) -> str:
    """Text in which the two escapes that JSON writes for one character beyond 16 bits are that character."""
    try:
        return text.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError:
        raise CurveshiftError(
            "holds half a character: an escape such as \\ud83d needs its second half", where
        ) from None


def _scalar(kind: str, text: str, where: str) -> Any:
    try:
        match kind:
            case "str" | "value":
                return _joined(text, where)
            case "null":
                return None
            case "bool":
                return text.casefold() == "true"
            case "int":
                base = {"0o": 8, "0x": 16, "0b": 2}.get(text.lstrip("+-")[:2].casefold(), 10)
                return int(text.replace("_", ""), base)
            case "float":
                number = float(text.replace("_", "").replace(".inf", "inf").replace(".nan", "nan"))
                if not math.isfinite(number):
                    raise ValueError
                return number
            case "timestamp":
                return date.fromisoformat(text)
    except ValueError:
        words = {"timestamp": "a date such as 2026-01-15", "int": "a whole number"}
        wanted = words.get(kind, "a finite number")
        raise CurveshiftError(f"{text[:60]!r} is not {wanted}", where) from None
    raise CurveshiftError(f"YAML tags ({kind}) are not accepted: write plain values", where)


def _dotted(path: KeyPath) -> str:
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def _first_problem(err: ValidationError, model: type[BaseModel], lines: Lines, file: str) -> CurveshiftError:
    problems = []
    for found in err.errors(include_url=False, include_context=False):
        loc: KeyPath = found["loc"]
        known = loc
        while known not in lines:
            known = known[:-1]
        if found["type"] == "extra_forbidden":
            fields = _fields(model, loc[:-1])
            what = unknown_name("key", str(loc[-1]), fields, _dotted(loc[:-1]) or None).args[0]
        elif found["type"] == "missing":
            what = f"{_dotted((*known, loc[-1]))} is missing"
        else:
            message = found["msg"].removeprefix("Value error, ")
            message = message[:1].lower() + message[1:] if message.startswith("Input should") else message
            value = found["input"]
            shown = f" (found {value!r})" if isinstance(value, str | int | float | date) else ""
            what = f"{_dotted(known) or 'the file'}: {message}{shown if len(shown) < 80 else ''}"
        # A mistyped key is both stray and missing: the stray one can say what was meant.
        problems.append((found["type"] == "missing", lines[known], what))
    _, line, what = min(problems, key=lambda problem: problem[:2])
    # One bad value can fail several alternatives of a union: count lines, not messages.
    others = len({at for _, at, _ in problems}) - 1
    more = f" (and {others} more problem{'s' if others > 1 else ''})" if others else ""
    return CurveshiftError(what + more, where=f"{file}:{line}")


def _fields(model: type[BaseModel], path: KeyPath) -> set[str]:
    """Names that a model accepts at a key path, over all alternatives of a union."""
    here = {model}
    for part in path:
        fields = [m.model_fields[part] for m in here if isinstance(part, str) and part in m.model_fields]
        if fields:
            here = {m for field in fields for m in _models(field.annotation)}
    return {field.alias or name for m in here for name, field in m.model_fields.items()}


def _models(annotation: Any) -> set[type[BaseModel]]:
    from pydantic import BaseModel

    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return {annotation}
    return {m for inner in get_args(annotation) for m in _models(inner)}
