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
    flag,
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
        name="api_prices",
        meaning=(
            "List prices that developers ask for tokens of their own models on their own interfaces, each from the "
            "day on which it held. Prices of hosts of other developers' models are not here. Where the price depends "
            "on the length of the prompt it is that of the shortest; discounts for batches and at night are left out."
        ),
        knowable="The day of the price where the source states it, else (rule) the release of the model.",
        key=("listed_name", "model", "valid_from"),
        references=(Reference("model", "models", "model"),),
        orders=(
            ("cached_input_usd_per_mtok", "input_usd_per_mtok"),
            ("input_usd_per_mtok", "output_usd_per_mtok"),
            *PROVENANCE_ORDERS,
        ),
        columns=(
            text("model", "The model in `models`; empty where that table does not hold it."),
            text(
                "listed_name",
                "Name in the price list, with the version it stood for in brackets.",
                required=True,
            ),
            text("developer", "Who trained the model and sells it.", required=True),
            day(
                "valid_from",
                "First day of the price, or on which it is known to have held; it ends with the next row of the model.",
                required=True,
            ),
            number("input_usd_per_mtok", "Price of input tokens.", "usd/Mtok", high=10_000, required=True),
            number("output_usd_per_mtok", "Price of output tokens.", "usd/Mtok", high=10_000, required=True),
            number(
                "cached_input_usd_per_mtok",
                "Price of input tokens that were sent shortly before, where the developer lowers it.",
                "usd/Mtok",
                high=10_000,
            ),
            flag("promotional", "Whether the price was announced as temporary.", required=True),
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
