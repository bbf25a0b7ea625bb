"""A figure: its drawing, what it finds in words, and the numbers in it."""

from __future__ import annotations

import html
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from curveshift.errors import CurveshiftError
from curveshift.records import atomic_write

from .style import VEGA_LITE, Spec

if TYPE_CHECKING:
    import pandas as pd

FORMATS = ("html", "svg", "png", "json", "csv")


def wrong_ending(target: Path) -> CurveshiftError:
    """The error for a file name that does not say how to draw."""
    return CurveshiftError(
        f"cannot tell the format from {target.suffix.lower() or 'no ending'!r}: end the name in "
        + ", ".join(f".{name}" for name in FORMATS),
        str(target),
    )


@dataclass(frozen=True, eq=False)
class Figure:
    """One figure, ready for a notebook, a file or the brief.

    Attributes
    ----------
    spec : dict
        Vega-Lite version 6, with its data inside.
    title : str
        The finding, with its numbers.
    sentence : str
        What the uncertainty in it means.
    frame : pandas.DataFrame
        The numbers that are drawn.
    sources : tuple of str
        What the numbers rest on.
    """

    spec: Spec
    title: str
    sentence: str
    frame: pd.DataFrame
    sources: tuple[str, ...] = field(default=())

    def svg(self) -> str:
        """The drawing as SVG text."""
        import vl_convert

        return str(vl_convert.vegalite_to_svg(self.spec, vl_version=VEGA_LITE, allowed_base_urls=[]))

    def save(self, path: str | Path, *, scale: float = 2.0) -> Path:
        """Write the figure, whole or not at all; the ending of the name says how.

        Parameters
        ----------
        path : str or Path
            Ends in ``.html``, ``.svg``, ``.png``, ``.json`` (the specification) or ``.csv`` (the numbers).
        scale : float
            Points per pixel of a PNG, above 0.

        Returns
        -------
        Path
            The file written.

        Raises
        ------
        CurveshiftError
            For another ending, or a place that cannot be written.
        """
        target = Path(path)
        match target.suffix.lower():
            case ".svg":
                content: str | bytes = self.svg()
            case ".png":
                content = self._png(scale)
            case ".json":
                content = json.dumps(self.spec, ensure_ascii=False, allow_nan=False) + "\n"
            case ".csv":
                content = self.frame.to_csv(index=False, lineterminator="\n")
            case ".html":
                from .page import figure_page

                content = figure_page(self)
            case _:
                raise wrong_ending(target)
        atomic_write(target, content)
        return target

    def _png(self, scale: float) -> bytes:
        import vl_convert

        # Transparent on screen; a picture file must not turn black on a dark page.
        white = {**self.spec, "background": "white"}
        return bytes(
            vl_convert.vegalite_to_png(white, vl_version=VEGA_LITE, scale=scale, allowed_base_urls=[])
        )

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return {
            "application/vnd.vegalite.v6+json": self.spec,
            "text/html": self._repr_html_(),
            "text/plain": f"{self.title}\n{self.sentence}",
        }

    def _repr_html_(self) -> str:
        return f"<figure>{self.svg()}<figcaption>{html.escape(self.sentence)}</figcaption></figure>"
