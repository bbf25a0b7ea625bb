"""What the verbs of the lab show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from curveshift.commands.output import table

if TYPE_CHECKING:
    from curveshift.lab import CostCurve, Paradigm, Scaling, Shift
    from curveshift.laws import Fit


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
        [str(r["parameter"]), f"{r['value']:.4g}", f"{r['low']:.4g}", f"{r['high']:.4g}"]
        for r in found.fit.table()
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
        shown.append(
            f"isoFLOP parabolas: a = {found.isoflop.exponent:.3f} ± {found.isoflop.exponent_error:.3f}"
        )
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


def shift_data(found: Shift) -> dict[str, Any]:
    """The study as plain data."""
    return {
        "floor": found.floor,
        "baseline": [dict(row) for row in found.baseline.table()],
        "gains": found.gains,
        "products": [
            {"flop": flop, "product": p, "low": low, "high": high}
            for flop, (p, low, high) in found.products.items()
        ],
        "warnings": list(found.warnings),
    }


def shift_tables(found: Shift) -> list[Any]:
    """The study as tables."""
    shown: list[Any] = []
    for flop in sorted({g.flop for g in found.gains}):
        rows = [
            [g.innovation, f"{g.loss:.4f}", f"{g.multiplier:.3f}", f"{g.low:.3f}", f"{g.high:.3f}", f"{g.runs}",
             f"{g.diverged}"]
            for g in found.gains if g.flop == flop
        ]  # fmt: skip
        if flop in found.products:
            product, low, high = found.products[flop]
            rows.append(
                ["product of those combined", "", f"{product:.3f}", f"{low:.3f}", f"{high:.3f}", "", ""]
            )
        head = ["", "loss", "multiplier", "5 %", "95 %", "runs", "diverged"]
        shown.append(table(f"Compute multipliers at {flop:.2g} FLOP", head, rows))
    law = found.baseline.params
    shown.append(
        f"Baseline: loss = {law['E']:.4f} (known) + {law['A']:.4g} FLOP^-{law['alpha']:.4f}. An interval holds the"
        " spread over seeds and the uncertainty of this curve."
    )
    return [*shown, *(f"Note: {warning}" for warning in found.warnings)]


def paradigm_data(found: Paradigm) -> dict[str, Any]:
    """The study as plain data."""
    return {
        "problems": found.kind,
        "gains_per_1e11_flop": found.gains,
        "sigmoid": [dict(row) for row in found.sigmoid.table()],
        "sigmoid_warnings": list(found.sigmoid.warnings),
        "early": [dict(row) for row in found.early.table()],
        "early_warnings": list(found.early.warnings),
    }


def paradigm_tables(found: Paradigm) -> list[Any]:
    """The study as tables."""
    from curveshift.lab.paradigm import KS

    def row(s: Any) -> list[str]:
        tries = [f"{p:.3f}" for p in s.pass_at] or ["" for _ in KS]
        return [
            s.name,
            f"{s.params:,}",
            f"{s.flop:.2e}",
            f"{s.compiled_flop:.2e}",
            f"{s.success:.3f}",
            *tries[1:],
        ]

    ends = [s for s in found.stages if s.pass_at]
    head = ["", "weights", "FLOP", "compiled", "pass@1", *(f"@{k}" for k in KS[1:])]
    first = min(s.seed for s in found.of("reinforcement"))
    curve = [
        [f"{s.flop:.2e}", f"{s.success:.3f}", "" if s.reward is None else f"{s.reward:.3f}"]
        for s in found.of("reinforcement") if s.seed == first
    ]  # fmt: skip
    gains = [[name, f"{value:.3f}"] for name, value in found.gains.items()]
    return [
        table(
            f"pass@k on held-out {found.kind}: success within k tries; FLOP of the stage alone",
            head,
            [row(s) for s in ends],
        ),
        table(
            "Along reinforcement (first seed)",
            ["RL FLOP", "pass@1, held out", "mean reward, trained on"],
            curve,
            words=0,
        ),
        table("pass@1 gained per 1e11 FLOP", ["", "gain"], gains),
        *_sigmoid("the first quarter of reinforcement", found.early),
        *_sigmoid("all of it", found.sigmoid),
    ]


def _sigmoid(what: str, fit: Fit) -> list[Any]:
    rows = [
        [
            str(r["parameter"]),
            f"{r['value']:.4g}",
            *("" if r[e] is None else f"{r[e]:.4g}" for e in ("low", "high")),
        ]
        for r in fit.table()
    ]
    shown: list[Any] = [table(f"Sigmoid through {what} (R0 held)", ["", "value", "5 %", "95 %"], rows)]
    return [*shown, *(f"Note: {warning}" for warning in fit.warnings)]


def cost_data(found: CostCurve) -> dict[str, Any]:
    """The curve as plain data."""
    return {
        "loss": found.loss,
        "steps": found.steps,
        "combined_run_flop": found.spent,
        "cheaper_than_its_parts": found.below,
        "dearer_than_its_parts": found.above,
        "reinforcement_flop": found.rl_flop,
        "pretraining_flop": found.pretraining_flop,
    }


def cost_tables(found: CostCurve) -> list[Any]:
    """The curve as tables."""
    rows = [[s.adds, f"{s.flop:.3g}", f"{s.low:.3g}", f"{s.high:.3g}"] for s in found.steps]
    rows.append(["the combined run, as it was", f"{found.spent:.3g}", "", ""])
    place = "below" if found.below else "above" if found.above else "inside"
    shown: list[Any] = [
        table(
            f"FLOP for a loss of {found.loss:.4f}, each line adding one", ["", "FLOP", "5 %", "95 %"], rows
        ),
        f"The combined run lies {place} the interval that the product of its parts gives.",
    ]
    if found.pretraining_flop is not None:
        did = "did not reach it" if found.rl_flop is None else f"took {found.rl_flop:.3g} FLOP"
        shown.append(
            f"For the success of the largest pretraining ({found.pretraining_flop:.3g} FLOP more), reinforcement {did}."
        )
    return shown
