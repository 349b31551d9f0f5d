"""Commands about data: simulate and fetch them, and associate tables of one's own."""

from __future__ import annotations

import argparse
from pathlib import Path

from transdx._locks import sole_writer
from transdx.cli.arguments import command, folder, option, say
from transdx.errors import InputError
from transdx.progress import Bar


@command(
    "write a simulated UK Biobank export and its truth",
    option("out", Path, "folder to write"),
    option("participants", 33_000, "imaged people"),
    *("seed", "effects"),
    option("format", "parquet", "parquet or csv"),
    option("time-series", 0, "write raw connectome files of the first K people too", metavar="K"),
)
def _simulate(chosen: argparse.Namespace) -> None:
    from transdx.simulate import simulate

    given = {name: value for name, value in vars(chosen).items() if name != "action"}
    # A book that reads this folder meanwhile would read half of it.
    with Bar() as bar, sole_writer(chosen.out, what="a simulated export", progress=bar):
        out = simulate(**given, progress=bar)
    say(f"simulated export: {out}")


@command(
    "fetch the open data, checking every hash",
    (
        "--tables",
        {
            "type": folder,
            "metavar": "DIR",
            "help": "also write an open cohort here as the three tables that associate takes",
        },
    ),
    "cohort",
)
def _fetch(chosen: argparse.Namespace) -> None:
    from transdx import reference

    files = reference.registry()
    with Bar() as bar:
        for done, file in enumerate(files):
            bar("fetch", done, len(files))
            say(str(reference.fetch(file)))
    if chosen.tables is not None:
        from transdx._tables import write_frame
        from transdx.sample import draw_sample
        from transdx.sources import read_cohort

        sample = draw_sample(read_cohort("open", cohort=chosen.cohort))
        features = sample.features.copy()
        features.columns = features.columns.map(".".join)
        tables = {"features": features, "scores": sample.scores, "covariates": sample.covariates}
        for name, table in tables.items():
            write_frame(table.reset_index(), chosen.tables / f"{name}.csv")
        say(f"features.csv, scores.csv, covariates.csv: {chosen.tables}")


_TABLE = "table (.csv, .tsv, .parquet) with ids in its first column"


@command(
    "associate features with scores in tables of your own",
    *(option(name, Path, _TABLE) for name in ("features", "scores", "covariates")),
    option("out", Path, "table to write"),
    option("permutations", 5000, "permutations"),
    option("bootstraps", 5000, "bootstrap resamples"),
    "seed",
    option(
        "null",
        "permute",
        "permute (as in the study), aligned (for means over features with missing values) or "
        "freedman-lane",
    ),
)
def _associate(chosen: argparse.Namespace) -> None:
    import pandas as pd

    from transdx._tables import read_frame, write_frame
    from transdx.modalities import MODALITIES
    from transdx.stats import associate

    given = [path.resolve() for path in (chosen.features, chosen.scores, chosen.covariates)]
    if chosen.out.resolve() in given:
        raise InputError(f"{chosen.out} is one of the tables given; name another file with --out")
    features = read_frame(chosen.features)
    pairs = [str(name).partition(".") for name in features.columns]
    if all(modality in MODALITIES and feature for modality, _, feature in pairs):
        named = [(modality, feature) for modality, _, feature in pairs]
        features.columns = pd.MultiIndex.from_tuples(named, names=["modality", "feature"])
    with Bar() as bar:
        found = associate(
            features,
            read_frame(chosen.scores),
            read_frame(chosen.covariates),
            permutations=chosen.permutations,
            bootstraps=chosen.bootstraps,
            seed=chosen.seed,
            null=chosen.null,
            progress=bar,
        )
    write_frame(found.table(), chosen.out)
    for note in found.notes:
        say(note)
    say(f"{found.beta.shape[0]} features x {found.beta.shape[1]} scores: {chosen.out}")
