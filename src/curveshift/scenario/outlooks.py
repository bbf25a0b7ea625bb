"""World views: whole sets of assumptions, each written from its own published argument, with equal standing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from curveshift import notebooks
from curveshift.errors import CurveshiftError, unknown_name
from curveshift.records import load_yaml

from .priors import Assumption, Source
from .shelf import Library, library, own_records

if TYPE_CHECKING:
    from .stated_files import ViewRecord


@dataclass(frozen=True)
class View:
    """Assumptions that belong together, with the argument that they are taken from.

    Attributes
    ----------
    name, title, argument : str
    feedback : {"off", "default", "strong"}
        Setting of AI's help to AI research.
    threshold : str
        Preset of the threshold by which the view reads the worlds.
    assumptions : mapping of str to Assumption
        Only those that it changes.
    sources : tuple of Source
    """

    name: str
    title: str
    argument: str
    feedback: str
    threshold: str
    assumptions: Mapping[str, Assumption]
    sources: tuple[Source, ...]

    def _repr_html_(self) -> str:
        rows = [(name, a.describe(), a.why) for name, a in self.assumptions.items()]
        caption = f"{self.name}: {self.title}"
        return notebooks.table(["assumption", "value", "why"], rows, caption, [self.argument])

    def changes(self) -> tuple[str, ...]:
        """What it changes, one sentence each."""
        settings = f"view {self.name}: feedback {self.feedback}, threshold {self.threshold}"
        return (settings, *(f"{n} = {a.describe()} (view {self.name})" for n, a in self.assumptions.items()))

    @classmethod
    def from_data(cls, name: str, data: Mapping[str, Any]) -> View:
        """Read one compiled record."""
        return cls(
            name=name,
            title=data["title"],
            argument=data["argument"],
            feedback=data["feedback"],
            threshold=data["threshold"],
            assumptions={key: Assumption.from_data(key, a) for key, a in data["assumptions"].items()},
            sources=tuple(Source(**source) for source in data["sources"]),
        )


def views(shelf: Library | None = None) -> dict[str, View]:
    """Every shipped world view by name, in alphabetical order, for none comes first.

    Examples
    --------
    >>> list(views())
    ['essay', 'hawk', 'sceptic-of-controls', 'sceptic-of-scaling', 'survey']
    """
    return {name: View.from_data(name, data) for name, data in (shelf or library()).views.items()}


def load_view(name: str | Path, *, shelf: Library | None = None) -> View:
    """Find a shipped world view by name, or read one from a YAML file of the same shape.

    Raises
    ------
    CurveshiftError
        When there is no such view, with the nearest names, or the file is wrong, with its line.

    Examples
    --------
    >>> load_view("hawk").feedback
    'strong'
    """
    shelf = shelf or library()
    text = str(name)
    if text.endswith((".yaml", ".yml", ".json")):
        from .stated_files import ViewRecord

        record = load_yaml(Path(text), ViewRecord)
        if record.name in shelf.views:
            raise CurveshiftError(f"the name {record.name!r} belongs to a shipped view: choose another", text)
        return View.from_data(record.name, compiled_view(record, shelf.assumptions, text))
    if text not in shelf.views:
        raise unknown_name("world view", text, shelf.views)
    return View.from_data(text, shelf.views[text])


def compiled_view(record: ViewRecord, shipped: Mapping[str, Assumption], where: str) -> dict[str, Any]:
    """Check a view as written and return its plain content.

    Raises
    ------
    CurveshiftError
        When it names an assumption that does not ship, or a range leaves the bounds of the shipped one.
    """
    for own in record.assumptions:
        if own.name not in shipped:
            raise unknown_name("assumption", own.name, shipped, where)
        if own.bounds is not None:
            raise CurveshiftError("bounds are those of the shipped assumption", f"{where}: {own.name}")
        try:
            # Files may hold ranges that bounds then cut; a view must not need that.
            shipped[own.name].with_value(own.value)
        except CurveshiftError as err:
            raise CurveshiftError(err.what, f"{where}: {own.name}") from None
    changed = own_records(record.assumptions, shipped, where)
    return record.compiled({name: found.compiled() for name, found in changed.items()})
