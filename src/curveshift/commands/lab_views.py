"""What the verbs of the lab show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from curveshift.commands.output import table

if TYPE_CHECKING:
    from curveshift.lab import Scaling


def scaling_data(found: Scaling) -> dict[str, Any]:
    """The study as plain data."""
    return {
        "floor": found.floor,
        "law": [dict(row) for row in found.fit.table()],
        "equation": found.fit.law.equation,
        "optimal_exponent": dict(zip(("value", "low", "high"), found.exponent, strict=True)),
        "isoflop_exponent": None if found.isoflop is None else found.isoflop.exponent,
        "predictions": [{**vars(p), "inside": p.inside} for p in found.predictions],
        "warnings": list(found.warnings),
    }


def scaling_tables(found: Scaling) -> list[Any]:
    """The study as tables."""
    runs = [
        [
            f"{row['width']}", f"{row['params']:,}", f"{row['tokens']:,}", f"{row['six_nd_flop']:.2e}",
            f"{row['training_flop']:.2e}", f"{row['compiled_flop']:.2e}", f"{row['loss']:.4f}", f"{row['law']:.4f}",
        ]
        for row in sorted(found.rows(), key=lambda r: (r["six_nd_flop"], r["width"]))
    ]  # fmt: skip
    head = ["width", "weights", "tokens", "6ND", "FLOP", "compiled", "loss", "law"]
    law = [
        [str(r["parameter"]), f"{r['value']:.4g}", f"{r['low']:.4g}", f"{r['high']:.4g}"] for r in found.fit.table()
    ]
    a, low, high = found.exponent
    law.append(["a in N_opt ~ C^a", f"{a:.3f}", f"{low:.3f}", f"{high:.3f}"])
    shown: list[Any] = [table("Runs", head, runs, words=0)]
    shown.append(table(f"Law: {found.fit.law.equation}", ["", "value", "5 %", "95 %"], law))
    low, high = found.fit.interval()["E"]
    verdict = "inside" if low <= found.floor.value <= high else "outside"
    shown.append(
        f"True entropy {found.floor.value:.4f} ± {found.floor.error:.4f} nat/token: {verdict} the interval of E"
        f" ({low:.4f} to {high:.4f}, half-width {(high - low) / 2 / found.floor.value:.1%})"
    )
    if found.isoflop is not None:
        shown.append(f"isoFLOP parabolas: a = {found.isoflop.exponent:.3f} ± {found.isoflop.exponent_error:.3f}")
    ahead = [
        [f"{p.width}", f"{p.flop:.2e}", f"{p.predicted:.4f}", f"{p.low:.4f}", f"{p.high:.4f}", f"{p.loss:.4f}",
         "inside" if p.inside else "outside"]
        for p in found.predictions
    ]  # fmt: skip
    inside = sum(p.inside for p in found.predictions)
    shown.append(
        table(
            f"Predicted before they were trained: {inside} of {len(ahead)} inside the 90 % interval",
            ["width", "6ND", "predicted", "5 %", "95 %", "loss", ""], ahead, words=0,
        )
    )  # fmt: skip
    shown += [f"Note: {warning}" for warning in found.warnings]
    return shown
