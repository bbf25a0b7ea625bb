"""Tables about money: prices of chips, of compute and of models, and capital spending."""

from __future__ import annotations

from curveshift.facts.compute_tables import FAMILY_NAMES, FILING_RULE
from curveshift.facts.schema import (
    BLOCS,
    INTERVAL_ORDERS,
    PERIOD,
    PERIOD_ORDER,
    PROVENANCE,
    PROVENANCE_ORDERS,
    Reference,
    Table,
    choice,
    day,
    interval,
    number,
    text,
)

TABLES = (
    Table(
        name="prices",
        meaning=(
            "Prices of chips bought or rented, list prices of models, training costs on a stated basis, and "
            "published "
            "rates at which prices fell."
        ),
        knowable="The date of the price or of the publication that states it.",
        key=("category", "item", "date", "basis"),
        references=(
            Reference("chip", "chips", "chip", also=FAMILY_NAMES),
            Reference("model", "models", "model"),
        ),
        orders=(*INTERVAL_ORDERS, *PROVENANCE_ORDERS),
        units_by=(
            "category",
            {
                "chip_purchase": ("usd_per_chip",),
                "chip_rental": ("usd_per_chip_hour",),
                "api_list_price": ("usd_per_million_tokens",),
                "training_cost": ("usd", "usd_2023"),
                "price_decline_rate": ("factor_per_year",),
            },
        ),
        columns=(
            choice(
                "category",
                "What is priced.",
                ("chip_purchase", "chip_rental", "api_list_price", "training_cost", "price_decline_rate"),
                required=True,
            ),
            text("item", "Product, model or capability level.", required=True),
            text("chip", "Chip or family the price is for, see CHIP_FAMILIES."),
            text("model", "Model the price or cost is for."),
            day("date", "Day of the price; for a decline rate the day it was published.", required=True),
            *interval(
                "the price",
                (
                    "usd_per_chip",
                    "usd_per_chip_hour",
                    "usd_per_million_tokens",
                    "usd",
                    "usd_2023",
                    "factor_per_year",
                ),
            ),
            text("basis", "What the price includes and how it was obtained.", required=True),
            *PROVENANCE,
        ),
    ),
    Table(
        name="capex",
        meaning=(
            "Capital and compute spending of firms by period. Total capital expenditure is not AI alone "
            "unless the "
            "metric says so."
        ),
        knowable=f"The publication date of the source where stated, else: {FILING_RULE}",
        key=("company", "period_start", "period_end", "metric", "status"),
        orders=(("low_usd", "central_usd"), ("central_usd", "high_usd"), *PERIOD_ORDER, *PROVENANCE_ORDERS),
        columns=(
            text("company", "Company, or companies added up.", required=True),
            choice("bloc", "Bloc of the company.", BLOCS, required=True),
            *PERIOD,
            choice(
                "period_type",
                "Length of the period.",
                ("quarter", "half_year", "year", "fiscal_year"),
                required=True,
            ),
            choice(
                "metric",
                "What kind of spending (datacentre_revenue is a seller's income).",
                (
                    "capex_cash",
                    "capex_with_finance_leases",
                    "capex_total",
                    "capex_ai_segment",
                    "compute_and_data",
                    "r_and_d_compute",
                    "inference_compute",
                    "total_compute",
                    "cloud_spend",
                    "training_servers",
                    "datacentre_revenue",
                ),
                required=True,
            ),
            number("low_usd", "Low end.", "usd"),
            number("central_usd", "Central or stated value.", "usd"),
            number("high_usd", "High end.", "usd"),
            number("central_cny", "Stated value in yuan, where the source uses yuan.", "cny"),
            number("cny_per_usd", "Exchange rate used to convert.", "cny/usd", low=1, high=20),
            choice(
                "status",
                "Whether it happened, and if not what it is.",
                ("actual", "estimate", "guidance", "projection", "plan", "forecast"),
                required=True,
            ),
            *PROVENANCE,
        ),
    ),
)
