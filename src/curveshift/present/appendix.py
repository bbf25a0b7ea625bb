"""The appendices of the brief: every policy, window, channel and check, and what all of it rests on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from . import argument, page, tables, wording
from .material import Material

if TYPE_CHECKING:
    from .figure import Figure


def appendices(material: Material, figures: dict[str, Figure]) -> str:
    """The second half of the page; its figures are added to the others."""
    from . import compute_figures as compute
    from . import outcome_figures as outcome
    from . import record_figures as record
    from .ontrend_figures import on_trend_figure

    ensemble = material.ensemble
    figures["share"] = compute.share_and_lag(ensemble)
    test, said = argument.on_the_curve()
    figures["curve"] = on_trend_figure(test)
    figures["worlds"] = outcome.worlds_by_window(ensemble)
    figures["chips"] = compute.chips_to_china(ensemble)
    figures["stock"] = compute.installed_base(ensemble)
    figures["capability"] = outcome.capability(ensemble)
    if len(ensemble.policies) > 1:
        figures["difference"] = outcome.difference(ensemble)
    figures["domestic"] = record.domestic_estimates(ensemble)
    if "status-quo" in ensemble.policies:
        from curveshift.decide.record import checks

        figures["checks"] = record.record_checks(checks(ensemble))

    def drawn(*names: str) -> str:
        return "".join(page.place(name, figures[name]) for name in names if name in figures)

    changes = ""
    if "difference" in figures:
        changes = page.section(
            "What the choice of policy changes", drawn("difference"), command=material.compare_command
        )
    each = ""
    if material.findings is not None:
        each = page.section(
            "Every claim in full", argument.in_full(material.findings), command=material.claims_command
        )
    return "".join(
        [
            page.section(
                "Compute and lag", drawn("share"), anchor="first", new_page=True, command=material.run_command
            ),
            page.section(
                "Is DeepSeek-V3 on the cost curve?",
                page.paragraph(said) + drawn("curve") + argument.arithmetic(test),
                command=f"curveshift trend {test.candidate.name}",
            ),
            page.section("What the words mean", page.definitions(wording.GLOSSARY)),
            each,
            page.section(
                "How likely is a long lag?",
                page.paragraph(wording.LAG_TABLE) + tables.lag_tables(material.cells, material.table_draws),
            ),
            page.section(
                "Outcomes by policy",
                tables.outcomes(ensemble),
                new_page=True,
                command=material.compare_command,
            ),
            page.section("Worlds as a function of the window", drawn("worlds")),
            page.section("Chips", drawn("chips", "stock")),
            page.section("Systems", drawn("capability")),
            changes,
            page.section(
                "What would turn the verdicts",
                page.paragraph(wording.FLIPS) + tables.flips(material.flips),
                new_page=True,
                command=material.flips_command,
            ),
            page.section(
                "The model against the record",
                drawn("domestic", "checks") + _check_table(figures) + tables.misfit(ensemble),
            ),
            page.section(
                "Measured, fitted, judged",
                tables.ledger(ensemble),
                new_page=True,
                command="curveshift assumptions list",
            ),
            page.section("What is not modelled", page.bullets(wording.NOT_MODELLED)),
            page.section("Limits that bind", tables.limits(ensemble)),
            page.section("Gaps in the record", page.bullets(ensemble.notes or ("None is noted.",))),
            page.section("Sources", _sources(material)),
        ]
    )


def _check_table(figures: Mapping[str, Figure]) -> str:
    if "checks" not in figures:
        return page.paragraph(
            "The checks need the policy status-quo, which was not among those asked for.", "soft"
        )
    return page.folded("The same checks in numbers", tables.checks(figures["checks"].frame))


def _sources(material: Material) -> str:
    from curveshift import facts

    cited = [str(s) for s in material.ensemble.scenario.all_sources()]
    used = [f"{s.source}{f', {s.url}' if s.url else ''} ({', '.join(s.tables)})" for s in facts.sources()]
    return (
        page.folded(f"{len(cited)} sources of assumptions, levers and policies", page.bullets(cited))
        + page.folded(f"{len(used)} sources of the fact tables", page.bullets(used))
        + page.paragraph("Data of Epoch AI is used under CC-BY 4.0.", "soft")
    )
