"""The command line: ``transdx simulate | fetch | check | run | claims | book | associate``."""

from __future__ import annotations

import argparse
import contextlib
import logging
import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TypeAlias

from transdx import __version__
from transdx.errors import InputError, TransdxError
from transdx.progress import Bar, Terminal
from transdx.run import Run, explain, parameters, plan, usual

if TYPE_CHECKING:
    from transdx.cohort import Cohort

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments : sequence of str, optional
        Words after ``transdx``; those of the process by default.

    Returns
    -------
    int
        0 when done, 1 when something failed, 2 when what was asked or given is wrong.
    """
    # A program in the background may have been told not to listen.
    if arguments is None and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _interrupted)
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    chosen = _parser().parse_args(arguments)
    try:
        chosen.action(chosen)
    except TransdxError as error:
        sys.stderr.write(f"transdx: {error}\n")
        return error.exit_code
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        sys.stderr.write(f"transdx: {error.strerror or error}{where}\n")
        return 1
    except MemoryError:
        sys.stderr.write("transdx: there is not enough memory for so many participants or draws\n")
        return 1
    return 0


def _interrupted(number: int, frame: object) -> NoReturn:
    """End at once with all that was started, whatever the libraries make of an interruption."""
    import psutil

    from transdx._files import remove_unfinished

    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            child.kill()
    remove_unfinished()
    # Of the stream, which may be in the middle of a line, nothing is known.
    start = b"\n" if os.isatty(2) else b""
    os.write(2, start + b"transdx: interrupted; the same command goes on from what is done\n")
    os._exit(130)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="transdx",
        description="A computational paper on insomnia, depression and anxiety symptoms and the "
        "brain: from a data export to a book.",
    )
    parser.add_argument("--version", action="version", version=f"transdx {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for add in (
        _add_simulate,
        _add_fetch,
        _add_check,
        _add_run,
        _add_claims,
        _add_book,
        _add_associate,
    ):
        add(commands)
    return parser


_Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def _command(
    commands: _Commands, name: str, action: Callable[[argparse.Namespace], None], text: str
) -> argparse.ArgumentParser:
    command = commands.add_parser(
        name, help=text, description=text[0].upper() + text[1:] + ".", allow_abbrev=False
    )
    command.set_defaults(action=action)
    return command


def _add_simulate(commands: _Commands) -> None:
    command = _command(
        commands, "simulate", _simulate, "write a simulated UK Biobank export and its truth"
    )
    command.add_argument("--out", type=Path, required=True, help="folder to write")
    command.add_argument(
        "--participants", type=int, default=33_000, help="imaged people (default: 33000)"
    )
    _add_parameters(command, "seed", "effects")
    command.add_argument("--format", default="parquet", help="parquet or csv (default: parquet)")
    command.add_argument(
        "--time-series",
        type=int,
        default=0,
        metavar="K",
        help="write raw connectome files of the first K people too (default: 0)",
    )


def _simulate(chosen: argparse.Namespace) -> None:
    from transdx.simulate import simulate

    with Bar() as bar:
        out = simulate(
            chosen.out,
            participants=chosen.participants,
            seed=chosen.seed,
            format=chosen.format,
            effects=chosen.effects,
            time_series=chosen.time_series,
            progress=bar,
        )
    _say(f"simulated export: {out}")


def _add_fetch(commands: _Commands) -> None:
    command = _command(commands, "fetch", _fetch, "fetch the open data, checking every hash")
    command.add_argument(
        "--tables",
        type=Path,
        metavar="DIR",
        help="also write the open cohort here as the three tables that associate takes",
    )


def _fetch(chosen: argparse.Namespace) -> None:
    from transdx import reference

    files = reference.registry()
    with Bar() as bar:
        for done, file in enumerate(files):
            bar("fetch", done, len(files))
            _say(str(reference.fetch(file)))
    if chosen.tables is not None:
        from transdx._tables import write_frame
        from transdx.sample import draw_sample
        from transdx.sources import read_cohort

        sample = draw_sample(read_cohort("open"))
        features = sample.features.copy()
        features.columns = features.columns.map(".".join)
        tables = {"features": features, "scores": sample.scores, "covariates": sample.covariates}
        for name, table in tables.items():
            write_frame(table.reset_index(), chosen.tables / f"{name}.csv")
        _say(f"features.csv, scores.csv, covariates.csv: {chosen.tables}")


def _add_parameters(command: argparse.ArgumentParser, *names: str) -> None:
    """Add an option for each parameter of a run, or for those that are named."""
    for name, parameter in parameters().items():
        if not names or name in names:
            default = f" (default: {usual(parameter)})" if usual(parameter) else ""
            command.add_argument(
                f"--{name.replace('_', '-')}",
                type=type(parameter.default),
                default=parameter.default,
                help=explain(parameter) + default,
            )


def _planned(chosen: argparse.Namespace) -> Run:
    return plan(**{name: value for name, value in vars(chosen).items() if name in parameters()})


def _add_check(commands: _Commands) -> None:
    command = _command(
        commands, "check", _check, "check that data hold what the study needs, and show who is left"
    )
    _add_parameters(command, "world", "data")


def _check(chosen: argparse.Namespace) -> None:
    from transdx.findings.analyse import flow_table
    from transdx.results.disclosure import protect
    from transdx.sample import draw_sample
    from transdx.sources import read_cohort

    run = _planned(chosen)
    with Bar() as bar:
        cohort = read_cohort(run.world, run.data, progress=bar)
        sample = draw_sample(cohort)
    if cohort.study.format == "export":
        _say(_withdrawals(cohort, world=run.world))
    flow = protect({"flow": flow_table(sample)}, world=run.world)["flow"]
    width = max(len(label) for label in flow["label"])
    for label, excluded, remaining in flow[["label", "excluded", "remaining"]].itertuples(
        index=False
    ):
        left = f"-{excluded:,}" if excluded else ""
        _say(f"{label:<{width}}  {left:>8}  {remaining:>8,}")
    columns = sample.features.columns
    own = columns[columns.get_level_values("feature") != "total"]
    counts = own.get_level_values("modality").value_counts(sort=False)
    counted = [f"{name}: {n} feature{'s' if n > 1 else ''}" for name, n in counts.items()]
    _say(", ".join(counted))


def _withdrawals(cohort: Cohort, *, world: str) -> str:
    from transdx.results.disclosure import shown

    if not cohort.lists:
        return "No list of withdrawn people was found"
    named, left = (shown(count, world=world) for count in (cohort.named, cohort.withdrawn))
    lists = f"{cohort.lists} list{'s' * (cohort.lists > 1)} of withdrawn people"
    return (
        f"{lists}: {named} on {'them' if cohort.lists > 1 else 'it'}, {left} of these in the data"
    )


def _add_run(commands: _Commands) -> None:
    command = _command(commands, "run", _run, "compute the findings of a world into results/")
    _add_parameters(command)


def _run(chosen: argparse.Namespace) -> None:
    from transdx.findings import open_run

    with Bar() as bar:
        findings = open_run(_planned(chosen), progress=bar)
    _say(findings.say("{flow.analysed:,} people analysed; results/{run.name}"))


def _add_claims(commands: _Commands) -> None:
    command = _command(
        commands, "claims", _claims, "print what a run says to each claim of the study"
    )
    _add_parameters(command)


def _claims(chosen: argparse.Namespace) -> None:
    from transdx.findings import open_run
    from transdx.findings.claims import write_claims

    with Bar() as bar:
        findings = open_run(_planned(chosen), progress=bar)
    _say(write_claims(findings.table("claims"), width=_width()))
    _say(
        findings.say("World {run.world}, {flow.analysed:,} people; results/{run.name}/claims.json")
    )


def _width() -> int:
    """Columns of the terminal; generous where the output goes into a file."""
    import shutil

    return shutil.get_terminal_size().columns if sys.stdout.isatty() else 120


def _add_book(commands: _Commands) -> None:
    command = _command(commands, "book", _book, "compute, execute and render the book")
    _add_parameters(command)
    command.add_argument("--force", action="store_true", help="redo everything")


def _book(chosen: argparse.Namespace) -> None:
    from transdx.book import build

    with Terminal() as terminal:
        index = build(_planned(chosen), force=chosen.force, progress=terminal)
    _say(f"the book: {index}")


def _add_associate(commands: _Commands) -> None:
    command = _command(
        commands, "associate", _associate, "associate features with scores in tables of your own"
    )
    for name in ("features", "scores", "covariates"):
        command.add_argument(
            f"--{name}",
            type=Path,
            required=True,
            help="table (.csv, .tsv, .parquet) with ids in its first column",
        )
    command.add_argument("--out", type=Path, required=True, help="table to write")
    command.add_argument("--permutations", type=int, default=5000, help="default: 5000")
    command.add_argument("--bootstraps", type=int, default=5000, help="default: 5000")
    _add_parameters(command, "seed")
    command.add_argument(
        "--null",
        default="permute",
        help="permute (as in the study), aligned (for means over features with missing values) or "
        "freedman-lane (default: permute)",
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
        _say(note)
    _say(f"{found.beta.shape[0]} features x {found.beta.shape[1]} scores: {chosen.out}")


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
