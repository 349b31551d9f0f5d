"""What users give wrongly, one thing at a time: each changes what is right in one place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd

Damage = Callable[[Path], object]


def _frame(name: str, change: Callable[[pd.DataFrame], object]) -> Damage:
    """Change a table of the user's own in place, or give another."""

    def damage(folder: Path) -> None:
        path = folder / f"{name}.csv"
        table = pd.read_csv(path, dtype=object)
        changed = change(table)
        (table if changed is None else changed).to_csv(path, index=False)

    return damage


def _cell(column: str, value: object, rows: object = 3) -> Callable[[pd.DataFrame], None]:
    def change(table: pd.DataFrame) -> None:
        table.loc[rows, column] = value

    return change


def _text(name: str, change: Callable[[str], str]) -> Damage:
    def damage(folder: Path) -> None:
        path = folder / name
        path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")

    return damage


def _bytes(name: str, content: bytes) -> Damage:
    return lambda folder: (folder / name).write_bytes(content)


def _remove(name: str) -> Damage:
    return lambda folder: (folder / name).unlink()


def _folder_instead(name: str) -> Damage:
    def damage(folder: Path) -> None:
        (folder / name).unlink()
        (folder / name).mkdir()

    return damage


def _doubled(table: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([table, table.iloc[:2]])


def _constant(column: str) -> Callable[[pd.DataFrame], None]:
    def change(table: pd.DataFrame) -> None:
        table[column] = 1

    return change


def _others(table: pd.DataFrame) -> None:
    table["id"] = [f"q{row}" for row in range(len(table))]


#: Of tables for ``transdx associate``: features (a, b), scores (mood) and covariates (age) of 80.
OF_TABLES: dict[str, Damage] = {
    "no features": _remove("features.csv"),
    "features that are a folder": _folder_instead("features.csv"),
    "empty features": _bytes("features.csv", b""),
    "features that are a line of blanks": _bytes("features.csv", b"   \n"),
    "features with names alone": _text("features.csv", lambda text: text.splitlines()[0] + "\n"),
    "features with ids alone": _frame("features", lambda table: table[["id"]]),
    "features that are a picture": _bytes("features.csv", b"\x89PNG\r\n\x1a\n\x00\x00\x00"),
    "features twice under a name": _text(
        "features.csv", lambda text: text.replace("id,a,b", "id,a,a", 1)
    ),
    "a feature without a name": _text(
        "features.csv", lambda text: text.replace("id,a,b", "id,a,", 1)
    ),
    "words in a feature": _frame("features", _cell("a", "high")),
    "a feature with decimal commas": _frame(
        "features", lambda table: table.assign(a=table["a"].str.replace(".", ",", regex=False))
    ),
    "a feature without end": _frame("features", _cell("a", "inf")),
    "people twice in features": _frame("features", _doubled),
    "people twice in scores": _frame("scores", _doubled),
    "people twice in covariates": _frame("covariates", _doubled),
    "features of other people": _frame("features", _others),
    "scores of other people": _frame("scores", _others),
    "an empty id in features": _frame("features", _cell("id", None)),
    "an empty id in covariates": _frame("covariates", _cell("id", None)),
    "a row that is too short": _text(
        "scores.csv", lambda text: text.replace("\np5,", "\np5\np5b,", 1)
    ),
    "a row that is too long": _text("scores.csv", lambda text: text.replace("\np5,", "\np5,1,", 1)),
    "a quote that is not closed": _text(
        "scores.csv", lambda text: text.replace("\np5,", '\np5,"', 1)
    ),
    "no scores": _remove("scores.csv"),
    "empty scores": _bytes("scores.csv", b""),
    "scores with ids alone": _frame("scores", lambda table: table[["id"]]),
    "words in a score": _frame("scores", _cell("mood", "sad")),
    "a score without end": _frame("scores", _cell("mood", "-inf")),
    "a score that is the same in everybody": _frame("scores", _constant("mood")),
    "a score that nobody has": _frame("scores", _cell("mood", None, slice(None))),
    "a score that the covariates explain": lambda folder: (folder / "scores.csv").write_bytes(
        (folder / "covariates.csv").read_bytes()
    ),
    "no covariates": _remove("covariates.csv"),
    "words in a covariate": _frame("covariates", _cell("age", "old")),
    "a covariate that nobody has": _frame("covariates", _cell("age", None, slice(None))),
    "a date as a covariate": _frame("covariates", _cell("age", "1961-05-04", slice(None))),
    "true and false as a score": _frame("scores", _cell("mood", "True", slice(0, 40))),
    "three people": _frame("scores", lambda table: table.iloc[:3]),
    "features in UTF-16": lambda folder: (folder / "features.csv").write_text(
        (folder / "features.csv").read_text(encoding="utf-8"), encoding="utf-16"
    ),
}

#: Words after ``transdx``, with ``{}`` for a folder that is empty.
OF_WORDS: dict[str, str] = {
    "no such command": "assoicate",
    "no such option": "run --wrold simulated",
    "no such world": "run --world simluated",
    "no such profile": "run --profile fast",
    "a trial as a book": "book --profile trial",
    "no such scenario": "run --effects motoin",
    "no such cohort": "run --world open --cohort sda",
    "a seed in words": "run --seed one",
    "half a seed": "run --seed 1.5",
    "a seed below zero": "run --seed -1",
    "people below zero": "run --participants -5",
    "too few people": "run --participants 3",
    "people in words": "run --participants many",
    "draws below zero": "run --permutations -1",
    "half a draw": "run --bootstraps 0.5",
    "one draw": "run --permutations 1",
    "effects in the open world": "run --world open --effects none",
    "a cohort of the simulated world": "run --cohort sds",
    "data for the open world": "run --world open --data {}",
    "an export without a folder": "run --world ukb",
    "an export that is not there": "run --world ukb --data {}/nowhere",
    "an export that is empty": "run --world ukb --data {}",
    "a check of what is not there": "check --world ukb --data {}/nowhere",
    "a check of what is empty": "check --world ukb --data {}",
    "no such chapter": "book --chapter 99",
    "no such name of a chapter": "book --chapter cohrot",
    "a parameter without a value": "book -p seed",
    "a parameter of no chapter": "book -p colour=red",
    "a score of no chapter": "book -p score=joy",
    "claims of what is not there": "claims {}/nowhere",
    "no such claim": "claims --explain C99",
    "two runs that are not there": "diff {}/one {}/two",
    "an explanation of no chapter": "explain 99",
    "a simulated export without a folder": "simulate",
    "a simulated export of nobody": "simulate --out {}/sim --participants 0",
    "a simulated export of no format": "simulate --out {}/sim --format xlsx --participants 100",
    "more images than people": "simulate --out {}/sim --participants 100 --time-series 101",
    "no class seed in words": "teach --out {}/class --class-seed nine",
    "a roster that is not there": "teach --out {}/class --class-seed 1 --students {}/roster.csv",
    "marks of what is not there": "mark {}/nowhere",
    "a folder that is no class": "mark {}",
    "tables without an output": "associate --features a.csv --scores b.csv --covariates c.csv",
    "no such null": "associate --features a --scores b --covariates c --out d.csv --null spin",
}


def _people(change: Callable[[pd.DataFrame], object]) -> Damage:
    """Change the table of an export in place, or give another."""

    def damage(folder: Path) -> None:
        path = folder / "participants.csv"
        table = pd.read_csv(path, dtype=object)
        changed = change(table)
        (table if changed is None else changed).to_csv(path, index=False)

    return damage


def _column(name: str, change: Callable[[pd.Series], object]) -> Damage:
    def damage(table: pd.DataFrame) -> None:
        table[name] = change(pd.to_numeric(table[name]))

    return _people(damage)


def _without(*names: str) -> Damage:
    return _people(lambda table: table.drop(columns=list(names)))


def _of(table: pd.DataFrame, first: int, last: int) -> list[str]:
    wanted = [f"p{field}_i2" for field in range(first, last)]
    return [name for name in wanted if name in table]


def _swapped(table: pd.DataFrame) -> pd.DataFrame:
    area, thickness = _of(table, 26722, 26755), _of(table, 26756, 26789)
    names = dict(zip(area, thickness, strict=True)) | dict(zip(thickness, area, strict=True))
    return table.rename(columns=names)


#: Of an export of 60 people that has all that the study needs.
OF_EXPORTS: dict[str, Damage] = {
    "no table": _remove("participants.csv"),
    "an empty table": _bytes("participants.csv", b""),
    "names of columns alone": _text("participants.csv", lambda text: text.splitlines()[0] + "\n"),
    "a picture": _bytes("participants.csv", b"\x89PNG\r\n\x1a\n\x00\x00\x00"),
    "a page of the web": _bytes("participants.csv", b"<!DOCTYPE html><html><body>Sign in</body>"),
    "no ids": _without("eid"),
    "an empty id": _people(_cell("eid", None)),
    "the same id twice": _people(_cell("eid", "90000001")),
    "ids that are words": _people(_cell("eid", "John", slice(None))),
    "everybody twice": _people(lambda table: pd.concat([table, table])),
    "no sex": _without("p31"),
    "no age": _without("p21003_i2"),
    "no height": _without("p12144_i2", "p50_i2"),
    "no handedness": _without("p1707_i0"),
    "no quality of images": _without("p25741_i2"),
    "no item of insomnia": _without("p1200_i0", "p1200_i2"),
    "no area": _people(lambda table: table.drop(columns=_of(table, 26722, 26856))),
    "one region missing": _without("p26722_i2"),
    "forty regions missing": _people(
        lambda table: table.drop(columns=(_of(table, 26756, 26789) + _of(table, 26857, 26890))[:40])
    ),
    "a column twice": _text("participants.csv", lambda text: text.replace("p31,", "p31,p31,", 1)),
    "a row that is too short": _text(
        "participants.csv", lambda text: text.rstrip("\n").rsplit(",", 3)[0] + "\n"
    ),
    "a row that is too long": _text("participants.csv", lambda text: text.rstrip("\n") + ",1,2\n"),
    "a quote that is not closed": _text(
        "participants.csv", lambda text: text[: len(text) // 2] + '"' + text[len(text) // 2 :]
    ),
    "cut off in the middle of a row": _text(
        "participants.csv", lambda text: text[: int(len(text) * 0.55)]
    ),
    "heights in metres": _column("p12144_i2", lambda column: column / 100),
    "heights in inches": _column("p12144_i2", lambda column: column / 2.54),
    "ages that are years of birth": _column("p21003_i2", lambda column: 2015 - column),
    "ages below zero": _column("p21003_i2", lambda column: -column),
    "ages of children": _column("p21003_i2", lambda column: column / 10),
    "areas in square centimetres": _column("p26722_i2", lambda column: column / 100),
    "volumes in cubic centimetres": _column("p26558_i2", lambda column: column / 1000),
    "area and thickness exchanged": _people(_swapped),
    "thickness in micrometres": _column("p26756_i2", lambda column: column * 1000),
    "numbers without end": _column("p26722_i2", lambda column: column * 0 + float("inf")),
    "numbers beyond all bounds": _column("p26722_i2", lambda column: column * 0 + 1e300),
    "dates as numbers": _column("p21003_i2", lambda column: column * 0 + 20150504),
    "words where numbers are": _people(_cell("p26722_i2", "large")),
    "a code of sex that nobody knows": _people(_cell("p31", "7")),
    "a label of sex that nobody knows": _people(_cell("p31", "Mann")),
    "a code of handedness that nobody knows": _people(_cell("p1707_i0", "9")),
    "an answer to insomnia that nobody knows": _people(_cell("p1200_i2", "8")),
    "a label of insomnia that nobody knows": _people(_cell("p1200_i2", "Manchmal")),
    "an answer to low mood that nobody knows": _people(_cell("p2050_i2", "12")),
    "a yes or no that is a two": _people(_cell("p1970_i2", "2")),
    "nobody with images": _people(_cell("p26722_i2", None, slice(None))),
    "nobody who passes the quality": _people(_cell("p25926_i2", "1", slice(None))),
    "two columns that disagree": _people(
        lambda table: pd.concat([table, (1 - pd.to_numeric(table["p31"])).rename("31-0.0")], axis=1)
    ),
    "a list of withdrawn people that is a picture": _bytes(
        "w12345_20250101.csv", b"\x89PNG\r\n\x1a\n\x00"
    ),
    "a list of withdrawn people in words": _bytes("w12345_20250101.csv", b"nobody\nat all\n"),
    "everybody withdrew": lambda folder: (folder / "w12345_20250101.csv").write_text(
        "".join(f"{90_000_001 + one}\n" for one in range(60))
    ),
    "a study file that is no TOML": _bytes("study.toml", b"scores = ["),
    "a study file of no study": _bytes("study.toml", b'extends = "ukbb"\n'),
    "a study file with an unknown rule": _bytes("study.toml", b'extends = "ukb"\ncolour = 3\n'),
}
