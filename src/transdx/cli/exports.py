"""Commands about exports of UK Biobank: what to ask for, and what came."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from transdx._locks import sole_writer
from transdx.cli.arguments import Option, command, folder, option, planned, say
from transdx.cli.reports import aligned, lines_of, write_report
from transdx.errors import InputError, nearest
from transdx.progress import Bar

if TYPE_CHECKING:
    from transdx.run import Run

#: Forms of the list of fields: with what each is for, or as tools of the platform take it.
_FORMS = ("table", "dx", "exporter")
_EXIT = {"all": 0, "part": 1, "none": 2}


@command(
    "list the fields to ask UK Biobank for, and what each is for",
    option(
        "form",
        "table",
        "table (with what each is for), dx (a line for 'dx extract_dataset --fields') or exporter "
        "(a line per field, the file of field names of the table exporter)",
    ),
    "data",
)
def _fields(chosen: argparse.Namespace) -> None:
    from transdx.fields import dictionary
    from transdx.sources.uses import BULK, asked, written
    from transdx.study import load_study

    if chosen.form not in _FORMS:
        raise InputError(
            f"expected --form to be table, dx or exporter, got '{chosen.form}'"
            f"{nearest(chosen.form, _FORMS)}"
        )
    wanted = asked(load_study("ukb", chosen.data and folder(chosen.data)))
    names = ["eid", *map(written, wanted)]
    if chosen.form == "dx":
        say(",".join(f"participant.{name}" for name in names))
    elif chosen.form == "exporter":
        say("\n".join(names))
    else:
        rows = [
            (written(one), "needed" if use.needed else "", dictionary()[one.name].title, use.words)
            for one, use in wanted.items()
        ]
        say("\n".join(aligned(rows)))
        say("\nAnd of each person the files of these bulk fields:")
        say("\n".join(aligned([(f"{field}_2_0", words) for field, words in BULK.items()])))


def _part(name: str, what: str, **more: Any) -> Option:
    """Describe an option that names a part of an export, wherever it lies."""
    return f"--{name}", {"type": folder, "metavar": "FILE", "help": what, **more}


@command(
    "check what data hold of what the study needs, who is left and what can be run; ends with 0 "
    "(all can be run), 1 (a part) or 2 (nothing)",
    *("world", "cohort", "data"),
    _part(
        "table",
        "table of participants, in place of --data; may be given several times. Its world is ukb "
        "unless --world says otherwise",
        action="append",
        default=[],
    ),
    _part("connectomes", "folder of connectomes, packed or as bulk files", metavar="DIR"),
    _part("withdrawn", "list of people who have withdrawn"),
    _part("relatives", "list of related pairs (ukb_rel….dat)"),
    _part(
        "out",
        "folder for the report (check.html, check.json) and, with --table, for the export of links "
        "that run and book take as --data",
        metavar="DIR",
    ),
)
def _check(chosen: argparse.Namespace) -> int:
    if chosen.table and chosen.data:
        raise InputError("expected --data or --table, got both; a table lies in its export")
    given = [name for name in ("connectomes", "withdrawn", "relatives") if getattr(chosen, name)]
    if given and not chosen.table:
        raise InputError(f"--{given[0]} goes with --table; an export given as --data holds it")
    with Bar() as bar, _export(chosen, bar):
        run = planned(chosen)
        if run.world == "open":
            return _check_open(run)
        from transdx.findings.checked import check_export

        found = check_export(run.world, Path(run.data), chapters=_chapters(run), progress=bar)
    say("\n".join(lines_of(found)))
    if chosen.out is not None:
        say(f"Report: {write_report(found, chosen.out)}")
        if chosen.table:
            say(f"Export: transdx book --world {run.world} --data '{run.data}'")
    return _EXIT[found.extent]


@contextmanager
def _export(chosen: argparse.Namespace, bar: Bar) -> Iterator[None]:
    """Put the parts of an export that were named into one folder, which is the data then."""
    if not chosen.table:
        yield
        return
    from transdx.sources.assembled import assemble

    chosen.world = chosen.world or "ukb"
    parts = {name: getattr(chosen, name) for name in ("connectomes", "withdrawn", "relatives")}
    place = nullcontext(chosen.out) if chosen.out else tempfile.TemporaryDirectory()
    with place as made:
        target = Path(made) / "export"
        with sole_writer(target, what="an export of links", progress=bar):
            chosen.data = str(assemble(target, chosen.table, **parts))
            yield


def _chapters(run: Run) -> Mapping[str, Mapping[str, Any]]:
    """Say of each chapter of the book of this version what it cannot do without."""
    from transdx.book.contents import find_chapters
    from transdx.book.start import source_of
    from transdx.study import load_study

    scores = load_study(run.world, run.data).score_names
    return {one.title: one.needs for one in find_chapters(source_of()[0], scores=scores)[0]}


def _check_open(run: Run) -> int:
    """Check a cohort that is fetched: it is known, and holds what its study asks for."""
    from transdx.findings.analyse import flow_table
    from transdx.sample import draw_sample
    from transdx.sources import read_cohort

    sample = draw_sample(read_cohort(run.world, cohort=run.cohort))
    flow = flow_table(sample)[["label", "excluded", "remaining"]]
    say("\n".join(aligned(flow.to_numpy().tolist(), right=(1, 2))))
    columns = sample.features.columns
    own = columns[columns.get_level_values("feature") != "total"]
    counts = own.get_level_values("modality").value_counts(sort=False)
    say(", ".join(f"{name}: {n} feature{'s' if n > 1 else ''}" for name, n in counts.items()))
    return 0
