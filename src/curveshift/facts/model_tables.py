"""Tables about models: what they took to train, what they score, and points scaling laws are fitted to."""

from __future__ import annotations

from curveshift.facts.schema import (
    BLOCS,
    BOUND,
    INTERVAL_ORDERS,
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

TABLES = (
    Table(
        name="models",
        meaning=(
            "Language models since 2019: size, data, training compute, hardware, cost, openness. Training "
            "compute of "
            "most frontier models since 2025 is undisclosed and empty here."
        ),
        knowable="Rule: the release date; estimates of compute and cost may have followed it.",
        key=("model",),
        references=(Reference("base_model", "models", "model", also=("SigLIP 400M",)),),
        orders=(
            ("params_active", "params_total"),
            ("training_compute_low_flop", "training_compute_flop"),
            ("training_compute_flop", "training_compute_high_flop"),
            ("release_date", "published"),
            *PROVENANCE_ORDERS,
        ),
        columns=(
            text("model", "Name of the model, with date or size where versions differ.", required=True),
            text("developer", "Organisation or organisations.", required=True),
            text(
                "country", "Country or countries of the developers, separated by semicolons.", required=True
            ),
            choice("bloc", "us: the United States and partners; china; other.", BLOCS, required=True),
            day("release_date", "Day of public release.", required=True),
            number("params_total", "Number of parameters.", "parameters", low=1e5, high=1e15),
            number("params_active", "Parameters used for one token.", "parameters", low=1e5, high=1e15),
            flag("is_moe", "Whether it is a mixture of experts."),
            number("training_tokens", "Tokens seen in training.", "tokens", low=1e6, high=1e16),
            choice(
                "training_tokens_basis",
                "Where the number of tokens comes from.",
                (
                    "developer",
                    "dataset_field_consistent_with_6nd",
                    "dataset_field_unchecked",
                    "unconfirmed_leak",
                ),
            ),
            number(
                "training_compute_low_flop", "Low end of the training compute.", "flop", low=1e12, high=1e30
            ),
            number("training_compute_flop", "Training compute.", "flop", low=1e12, high=1e30),
            number(
                "training_compute_high_flop", "High end of the training compute.", "flop", low=1e12, high=1e30
            ),
            choice(
                "compute_interval_basis",
                "factor_3, factor_10 and factor_30: the value times and over that factor, from the "
                "confidence label; "
                "stated: bounds given by the source. None is a 90 % interval.",
                ("factor_3", "factor_10", "factor_30", "stated"),
            ),
            choice(
                "compute_confidence",
                "How sure the database is of the compute.",
                ("confident", "likely", "speculative"),
            ),
            text("training_hardware", "Chips used for training, as the database names them."),
            count("training_chips", "Number of chips used for training.", "chips", low=1),
            number("training_time_hours", "Length of the training run.", "hours"),
            number("training_cost_usd", "Cost of training on the stated basis.", "usd", low=1),
            choice(
                "training_cost_basis",
                "amortized_2023_usd: hardware written off over the run plus energy, in 2023 dollars; "
                "rental_final_run: "
                "reported chip-hours of the final run at a rental price.",
                ("amortized_2023_usd", "rental_final_run"),
            ),
            flag("open_weights", "Whether the weights can be downloaded.", required=True),
            text("accessibility", "How the model can be used."),
            choice(
                "reasoning",
                "Whether it is trained to reason at length before it answers.",
                ("no", "yes", "hybrid"),
                required=True,
            ),
            text("base_model", "Model it was further trained from."),
            choice(
                "distilled", "Whether it was trained on another model's output.", ("no", "yes", "uncertain")
            ),
            *PROVENANCE,
        ),
    ),
    Table(
        name="benchmarks",
        meaning="Benchmarks with chance level, ceiling, size and published difficulty.",
        knowable="The release date of the benchmark, or the publication date of the row where that is "
        "unknown.",
        key=("benchmark",),
        orders=(("chance_level", "score_ceiling"), *PROVENANCE_ORDERS),
        columns=(
            text("benchmark", "Name of the benchmark and version.", required=True),
            text("category", "What it tests.", required=True),
            day("release_date", "Day it was released."),
            count("items", "Number of questions or tasks.", "items", low=1),
            number("chance_level", "Score expected from guessing.", "share", high=1, required=True),
            number("score_ceiling", "Highest score thought reachable.", "share", high=1, required=True),
            number(
                "difficulty_eci",
                "Difficulty on the Epoch Capabilities Index scale (2026-04 fit).",
                "eci_points",
            ),
            number("slope_scaled", "Slope of the same fit, scaled.", "per_eci_point"),
            *PROVENANCE,
        ),
    ),
    Table(
        name="benchmark_scores",
        meaning="Best published score of each model on each benchmark, with the spread over settings tried.",
        knowable=(
            "Rule: the later of the releases of the model and of the benchmark; the publication date where "
            "the "
            "benchmark's release is unknown."
        ),
        key=("model", "benchmark"),
        references=(
            Reference("model", "models", "model"),
            Reference("benchmark", "benchmarks", "benchmark"),
        ),
        orders=(("lowest_score", "score"), *PROVENANCE_ORDERS),
        columns=(
            text("model", "Name of the model.", required=True),
            text("model_version", "Version or setting that reached the score, as the source names it."),
            text("benchmark", "Name of the benchmark.", required=True),
            number("score", "Best score.", "share", high=1, required=True),
            number("standard_error", "Standard error of the score.", "share", high=0.5),
            text("setting", "How the model was asked or run."),
            count("variants", "Number of versions or settings scored.", "runs", low=1, required=True),
            number("lowest_score", "Lowest score among them.", "share", high=1, required=True),
            *PROVENANCE,
        ),
    ),
    Table(
        name="capability_index",
        meaning=(
            "Scores on the Epoch Capabilities Index and METR time horizons. Horizons of suite 1.0 and 1.1 "
            "differ by up "
            "to 1.5 times for older models: do not mix them without an offset."
        ),
        knowable=(
            "Rule: for the index, the model's release (the index is built afterwards from scores that were "
            "public about "
            "then); for horizons, the later of the model's release and 2025-03-19, when METR first published "
            "them."
        ),
        key=("name", "metric", "suite"),
        references=(Reference("model", "models", "model"),),
        orders=(*INTERVAL_ORDERS, *PROVENANCE_ORDERS),
        units_by=(
            "metric",
            {"eci": ("eci_points",), "horizon_50": ("minutes",), "horizon_80": ("minutes",)},
        ),
        columns=(
            text("name", "Name of the model as listed.", required=True),
            text("model", "The same model in `models`; empty when that table does not hold it."),
            text("developer", "Organisation."),
            day("release_date", "Day of release of the model.", required=True),
            choice(
                "metric",
                "eci: index; horizon_50 and horizon_80: length of human task done half or four fifths of the "
                "time.",
                ("eci", "horizon_50", "horizon_80"),
                required=True,
            ),
            choice(
                "suite",
                "Edition of the index or of the task suite.",
                ("eci", "th1.0", "th1.1"),
                required=True,
            ),
            *interval("the score", ("eci_points", "minutes")),
            number("previous_central", "The same score in the previous vintage held (2026-07).", ""),
            choice(
                "reliability",
                "ok, or the source's own warning.",
                ("ok", "wide_near_ceiling", "above_ceiling", "older_suite"),
                required=True,
            ),
            *PROVENANCE,
        ),
    ),
    Table(
        name="rl_compute",
        meaning="Compute spent on reinforcement learning and reasoning, its share and growth, and what it "
        "gained.",
        knowable="The date of the source; for gains read from index scores, the release of the trained model "
        "(rule).",
        key=("metric", "subject", "date", "source"),
        orders=(*INTERVAL_ORDERS, *PROVENANCE_ORDERS),
        columns=(
            text("metric", "What is measured.", required=True),
            text("subject", "Model, pair of models, study or trend.", required=True),
            day("date", "Day the value is about or was stated.", required=True),
            *interval(
                "the value",
                (
                    "ratio",
                    "share",
                    "flop",
                    "gpu_hours",
                    "usd",
                    "eci_points",
                    "eci_points_per_year",
                    "days",
                    "factor_per_year",
                    "factor_per_3_to_5_months",
                ),
            ),
            BOUND,
            *PROVENANCE,
        ),
    ),
    Table(
        name="chinchilla_points",
        meaning="Training runs read off a figure of Hoffmann et al. 2022: parameters, compute, final loss.",
        knowable="The month of the paper (arXiv 2203.15556).",
        key=("params", "training_flop"),
        orders=PROVENANCE_ORDERS,
        columns=(
            number("params", "Number of parameters.", "parameters", low=1e6, high=1e12, required=True),
            number("training_flop", "Training compute.", "flop", low=1e15, high=1e26, required=True),
            number("loss", "Final training loss.", "nat/token", low=1, high=12, required=True),
            *PROVENANCE,
        ),
    ),
    Table(
        name="ho2024_points",
        meaning="Language-model evaluations behind Ho et al. 2024 on algorithmic progress, reconstructed.",
        knowable="The month of the paper (arXiv 2403.05812).",
        key=("system", "benchmark", "params", "training_tokens", "log_perplexity"),
        orders=PROVENANCE_ORDERS,
        columns=(
            text("system", "Name of the language model.", required=True),
            choice(
                "benchmark",
                "ptb: Penn Treebank; wt2: WikiText-2; wt103: WikiText-103.",
                ("ptb", "wt2", "wt103"),
                required=True,
            ),
            number(
                "log_perplexity",
                "Natural logarithm of the test perplexity.",
                "nat/token",
                high=12,
                required=True,
            ),
            number("params", "Number of parameters.", "parameters", low=1e4, high=1e13, required=True),
            number(
                "training_tokens", "Tokens in the training set.", "tokens", low=1e4, high=1e14, required=True
            ),
            day(
                "date",
                "Day of publication of the system, to the nearest day of its decimal year.",
                required=True,
            ),
            choice(
                "basis",
                "Which numbers were recovered by inverting the published analysis.",
                ("tokens_and_benchmark", "params", "params_and_tokens_rounded"),
                required=True,
            ),
            *PROVENANCE,
        ),
    ),
)
