"""Tables about chips: what they are, who bought and made them, and how enforcement went."""

from __future__ import annotations

from curveshift.facts.schema import (
    BLOCS,
    BOUND,
    INTERVAL_ORDERS,
    LEVEL,
    PERIOD,
    PERIOD_ORDER,
    PRECISION,
    PRECISIONS,
    PROVENANCE,
    PROVENANCE_ORDERS,
    Reference,
    Table,
    choice,
    count,
    day,
    flag,
    interval,
    number,
    text,
)

CHIP_FAMILIES: dict[str, tuple[str, ...]] = {
    "A100": ("A100 SXM 80GB", "A100 SXM 40GB", "A100 PCIe 40GB"),
    "A800": ("A800 SXM 80GB", "A800 PCIe 80GB"),
    "A800 PCIe": ("A800 PCIe 80GB",),
    "H100": ("H100 SXM 80GB", "H100 PCIe 80GB", "H100 NVL 94GB"),
    "H100 SXM": ("H100 SXM 80GB",),
    "H100/H200": ("H100 SXM 80GB", "H200 SXM 141GB", "H100 PCIe 80GB", "H100 NVL 94GB", "H200 NVL"),
    "H200": ("H200 SXM 141GB", "H200 NVL"),
    "H200 SXM": ("H200 SXM 141GB",),
    "H800": ("H800 SXM 80GB", "H800 PCIe 80GB"),
    "H800 SXM": ("H800 SXM 80GB",),
    "H20": ("H20 SXM 96GB",),
    "GB200": ("GB200 (per GPU)",),
    "GB300": ("GB300 (per GPU)",),
    "MI250X": ("Instinct MI250X",),
    "MI300A": ("Instinct MI300A",),
    "MI300X": ("Instinct MI300X",),
    "MI308X": ("Instinct MI308X",),
    "MI325X": ("Instinct MI325X",),
    "MI350X": ("Instinct MI350X",),
    "MI355X": ("Instinct MI355X",),
    "TPU v4i": (),
    "TPU v6e": ("TPU v6e (Trillium)",),
    "TPU v7": ("TPU v7 (Ironwood)",),
    "Ascend 910B": ("Ascend 910B (B2)", "Ascend 910B4"),
}
"""Names used by shipment and price records for one or more rows of ``chips``, the most common variant first.

B200 and B300 shipments also count the GPUs inside GB200 and GB300 systems. TPU v4i has no confirmed
specification.
"""

FAMILY_NAMES = tuple(CHIP_FAMILIES)
FILING_RULE = (
    "Rule: 60 days after the end of the period, by when the maker has filed the quarterly report on which "
    "the "
    "estimate rests."
)
EVENT_RULE = (
    "The publication date of the source; where it is not known, the date of the event if the event is itself "
    "a "
    "publication, or (rule) 60 days after the end of the reporting period."
)

TABLES = (
    Table(
        name="chips",
        meaning="Accelerators with the specifications that export rules and rooflines need; empty is "
        "unknown.",
        knowable=(
            "The announcement if the source dates it, else (rule) the release date; never later than "
            "`published`."
        ),
        key=("chip",),
        orders=PROVENANCE_ORDERS,
        columns=(
            text(
                "chip", "Name of the chip, with form factor and memory where variants differ.", required=True
            ),
            text("vendor", "Company that designs the chip.", required=True),
            choice("designer_bloc", "Bloc in which the designer is based.", BLOCS, required=True),
            day("release_date", "Date of release or announced availability."),
            choice("release_precision", PRECISION, PRECISIONS),
            text("process_node", "Foundry and manufacturing process."),
            flag(
                "nonplanar", "Whether the logic dies use non-planar transistors (FinFET or gate-all-around)."
            ),
            number("die_area_mm2", "Area of the logic dies counted for performance density.", "mm2", low=1),
            text("die_area_basis", "How the area was obtained."),
            number(
                "fp16_dense_tflops", "Peak dense rate at 16-bit float (fp16 or bf16).", "TFLOP/s", low=0.1
            ),
            number("fp8_dense_tops", "Peak dense rate at 8 bits (fp8 or int8).", "TOP/s", low=0.1),
            number("fp4_dense_tflops", "Peak dense rate at 4-bit float.", "TFLOP/s", low=0.1),
            number(
                "tpp", "Total processing performance: highest of dense rate times bit length.", "tpp", low=1
            ),
            choice("tpp_format", "Format that gives the highest product.", ("fp16", "fp8", "fp4")),
            number("performance_density", "TPP divided by the die area.", "tpp/mm2"),
            number("memory_gb", "Capacity of the main memory.", "GB"),
            text("memory_type", "Kind of main memory."),
            number("memory_bandwidth_gb_per_s", "Peak bandwidth to the main memory.", "GB/s", low=1),
            count("hbm_stacks", "Number of HBM stacks (0: no HBM).", "stacks", high=32),
            number("interconnect_gb_per_s", "Aggregate two-way bandwidth of the chip-to-chip links.", "GB/s"),
            text("interconnect_kind", "Name of the link."),
            number("pcie_gb_per_s", "Two-way PCIe bandwidth assumed from the PCIe generation.", "GB/s"),
            number("tdp_w", "Thermal design power.", "W", low=1, high=5000),
            number("price_usd", "Price of one chip.", "usd", low=1),
            text("price_basis", "What the price is."),
            choice(
                "datacenter_marketed",
                "Whether it is sold for data centres.",
                ("yes", "no", "partly"),
                required=True,
            ),
            choice(
                "status",
                "Where the product stands.",
                (
                    "shipped",
                    "china_variant",
                    "limited",
                    "internal",
                    "ramping",
                    "announced",
                    "cancelled",
                    "estimate",
                ),
                required=True,
            ),
            *PROVENANCE,
        ),
    ),
    Table(
        name="chip_shipments",
        meaning=(
            "Accelerators delivered by quarter, maker and chip, to the world and to buyers in China (legal "
            "sales "
            "only). One H100e (8-bit) is 1,979 dense 8-bit TOP/s. Percentiles of rows do not add up exactly."
        ),
        knowable=FILING_RULE,
        key=("period_start", "maker", "chip", "buyer"),
        references=(Reference("chip", "chips", "chip", also=FAMILY_NAMES),),
        orders=(
            ("low_chips", "central_chips"),
            ("central_chips", "high_chips"),
            ("low_h100e_8bit", "central_h100e_8bit"),
            ("central_h100e_8bit", "high_h100e_8bit"),
            *PERIOD_ORDER,
            *PROVENANCE_ORDERS,
        ),
        columns=(
            text("quarter", "Calendar quarter.", required=True),
            *PERIOD,
            text("maker", "Company that designs and sells the chip.", required=True),
            text("chip", "Chip or family, see CHIP_FAMILIES.", required=True),
            choice("buyer", "world: all buyers; china: buyers in China.", ("world", "china"), required=True),
            count("low_chips", "5th percentile of units.", "chips", required=True),
            count("central_chips", "Median of units.", "chips", required=True),
            count("high_chips", "95th percentile of units.", "chips", required=True),
            number("low_h100e_8bit", "5th percentile of compute.", "h100e_8bit", required=True),
            number("central_h100e_8bit", "Median of compute.", "h100e_8bit", required=True),
            number("high_h100e_8bit", "95th percentile of compute.", "h100e_8bit", required=True),
            LEVEL,
            *PROVENANCE,
        ),
    ),
    Table(
        name="compute_stock",
        meaning="Compute bought or in use at a date: by owner, by chip designer, by laboratory.",
        knowable=(
            f"{FILING_RULE} Laboratories and Huawei do not file: there it is the publication date of the "
            f"estimate."
        ),
        key=("measure", "entity", "date", "source"),
        orders=(*INTERVAL_ORDERS, *PROVENANCE_ORDERS),
        columns=(
            choice(
                "measure",
                "nvidia_bought: cumulative Nvidia purchases since 2022; designer_sold: cumulative sales "
                "since 2022; "
                "lab_in_use: operational compute, owned or rented.",
                ("nvidia_bought", "designer_sold", "lab_in_use"),
                required=True,
            ),
            text("entity", "Owner, designer or laboratory.", required=True),
            choice("bloc", "Bloc of the entity; world when its sales go everywhere.", BLOCS, required=True),
            day("date", "Day of the stock.", required=True),
            *interval("the stock", ("h100e_8bit",)),
            text("basis", "What is counted.", required=True),
            *PROVENANCE,
        ),
    ),
    Table(
        name="china_domestic_production",
        meaning=(
            "Chips, dies, memory, wafers, yields and money of China's own AI chip industry. Dies, chips and "
            "cards are "
            "different units, and estimates that conflict stand side by side."
        ),
        knowable="The publication date of the estimate.",
        key=("period_start", "period_end", "maker", "chip", "metric", "unit", "source", "estimate_type"),
        orders=(*INTERVAL_ORDERS, *PERIOD_ORDER, *PROVENANCE_ORDERS),
        columns=(
            *PERIOD,
            text("maker", "Company or group of companies.", required=True),
            text("chip", "Product the row is about.", required=True),
            text("metric", "What is measured.", required=True),
            *interval(
                "the quantity",
                ("chips", "dies", "cards", "stacks", "wafers_per_month", "share", "usd", "ratio", "b300e"),
            ),
            BOUND,
            choice(
                "estimate_type",
                "What kind of statement it is; plans and forecasts are not outcomes.",
                ("estimate", "forecast", "plan", "scenario", "official_bound", "market_research", "press"),
                required=True,
            ),
            *PROVENANCE,
        ),
    ),
    Table(
        name="china_access",
        meaning=(
            "How China gets chips made elsewhere: smuggling, legal imports, orders, approvals, deliveries, "
            "rental "
            "abroad; its lag; and dated policy events."
        ),
        knowable=f"{EVENT_RULE} For yearly imports: 60 days after the year's end.",
        key=("category", "period_start", "period_end", "item", "unit", "source"),
        orders=(*INTERVAL_ORDERS, *PERIOD_ORDER, *PROVENANCE_ORDERS),
        columns=(
            choice(
                "category",
                "What the row is about.",
                (
                    "smuggling",
                    "enforcement_case",
                    "legal_import",
                    "order",
                    "revenue",
                    "approval",
                    "delivery",
                    "forecast",
                    "overseas_rental",
                    "lead",
                    "policy",
                ),
                required=True,
            ),
            *PERIOD,
            text("item", "What is counted.", required=True),
            text("chip", "Chip or mix of chips."),
            *interval(
                "the quantity", ("chips", "cards", "h100e_8bit", "b300e", "usd", "share", "months", "event")
            ),
            BOUND,
            choice(
                "estimate_type",
                "What kind of statement it is; plans, orders and forecasts are not deliveries.",
                (
                    "estimate",
                    "forecast",
                    "plan",
                    "official",
                    "company",
                    "court",
                    "market_research",
                    "press",
                    "anecdote",
                ),
                required=True,
            ),
            *PROVENANCE,
        ),
    ),
    Table(
        name="enforcement",
        meaning="Enforcement cases, penalties, seizures, budgets, reported diversions and company losses.",
        knowable=EVENT_RULE,
        key=("date", "event"),
        orders=(*INTERVAL_ORDERS, *PROVENANCE_ORDERS),
        columns=(
            day("date", "Day of the event, or the last day of the period it is about.", required=True),
            choice("date_precision", PRECISION, PRECISIONS, required=True),
            choice(
                "category",
                "What kind of event.",
                (
                    "case",
                    "penalty",
                    "seizure",
                    "diversion",
                    "estimate",
                    "policy",
                    "budget",
                    "company_loss",
                    "sales",
                ),
                required=True,
            ),
            text("event", "What happened.", required=True),
            *interval(
                "the quantity",
                (
                    "chips",
                    "chips_per_year",
                    "dies",
                    "servers",
                    "people",
                    "violations",
                    "shipments",
                    "employees",
                    "chips_per_customer",
                    "usd",
                    "event",
                ),
            ),
            BOUND,
            number("value_usd", "Money involved: goods, penalty, budget, charge or revenue.", "usd"),
            *PROVENANCE,
        ),
    ),
)
