"""What to write into model.toml: for a table whose label nobody has named, and of one that was read."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

from ebb.datasets.head import Head, HeadColumn
from ebb.problems import quoted
from ebb.settings.toml_writing import toml_column, toml_value

if TYPE_CHECKING:
    from ebb.settings.model_settings import ModelSettings

_SHOWN = 20
_WIDTH = 70


@dataclass(frozen=True)
class Suggestion:
    """`columns`: position and name of those that could be the label. `label`: the last that looks like one, if any."""

    columns: tuple[tuple[int, str | None], ...]
    label: tuple[int, str | None] | None
    has_header: bool

    @classmethod
    def of(cls, head: Head, names: Sequence[str] | None, left_out: Collection[int]) -> Suggestion:
        there = [place for place in range(head.width) if place not in left_out]
        columns = tuple((place, names[place] if names else None) for place in there)
        likely = [column for column in columns if _may_be_label(head.columns[column[0]])]
        return cls(columns, likely[-1] if likely else None, names is not None)

    @property
    def remedy(self) -> str:
        line = f"label = {toml_column(*self.label)}, for example" if self.label else "label = … in model.toml"
        if not self.has_header:
            most = self.columns[-1][0] if self.columns else 0
            last = " (the last one)" if self.label and self.label == self.columns[-1] else ""
            return f"Say which column is to be predicted, by its position from 0 to {most}: {line}{last}."
        return f"Say which column is to be predicted: {line}. The columns are {self._names()}."

    def _names(self) -> str:
        shown = ", ".join(quoted(name or "") for _, name in self.columns[:_SHOWN])
        return shown + (f" and {len(self.columns) - _SHOWN} more" if len(self.columns) > _SHOWN else "")

    def model_toml(self, settings: ModelSettings) -> str:
        """A finished one; the label in it is a guess, and says so. Empty where no column looks like one."""
        if self.label is None:
            return ""
        columns = [toml_column(*column) for column in self.columns]
        about = ["What the model predicts. This is a guess: correct it. The columns are", *_flowed(columns)]
        header = None if settings.header == "auto" else settings.header
        return written(settings, header=header, label=toml_column(*self.label), about_label=about, drop=None)


def _may_be_label(column: HeadColumn) -> bool:
    if not column.tally.present or column.order.rises_with_the_rows:
        return False
    return not column.is_text or not column.dates


def written(
    settings: ModelSettings,
    *,
    header: bool | None,
    label: str,
    about_label: Sequence[str],
    drop: Sequence[tuple[str, str]] | None,
    objective: str = "",
    about_objective: Sequence[str] = (),
) -> str:
    """A commented model.toml; what differs from its default is in it, too.

    `drop`: of each column how it is written, and why; None: as the settings have it.
    """
    lines = ["# Upload it as datasets/<model>/model.toml. docs/model.schema.json has every key.", ""]
    if header is not None:
        lines.append(f"header = {toml_value(header)}")
    lines += [f"# {line}" for line in about_label]
    lines.append(f"label = {label}")
    lines += _drop_lines(settings, drop)
    for name in ("classes", "validation"):
        if getattr(settings, name) != getattr(_defaults(settings), name):
            lines.append(f"{name} = {toml_value(getattr(settings, name))}")
    lines += ["", "[hyperparameters]", *(f"# {line}" for line in about_objective)]
    values = settings.hyperparameters | ({"objective": objective} if objective else {})
    lines += [f"{name} = {toml_value(value)}" for name, value in values.items()]
    return "\n".join([*lines, *_tables(settings)]) + "\n"


def _drop_lines(settings: ModelSettings, drop: Sequence[tuple[str, str]] | None) -> list[str]:
    if drop is None:
        return [f"drop = {toml_value(settings.drop)}"] if settings.drop else []
    if not drop:
        return []
    return ["# Left out:", "drop = [", *(f"    {column},{f'  # {why}' if why else ''}" for column, why in drop), "]"]


def _defaults(settings: ModelSettings) -> ModelSettings:
    return type(settings)()


def _tables(settings: ModelSettings) -> Iterator[str]:
    """The others, where they differ from their defaults."""
    usual = _defaults(settings)
    for name in ("training", "endpoint", "gate", "idle"):
        table, default = getattr(settings, name), getattr(usual, name)
        if table == default or table is None:
            continue
        yield from ("", f"[{name}]")
        known: dict[str, Any] = asdict(default) if default else {}
        for each in fields(table):
            value = getattr(table, each.name)
            is_set = value != known.get(each.name) or (each.name == "volume_gb" and table.volume_is_set)
            if each.name != "volume_is_set" and value is not None and is_set:
                yield f"{each.name} = {toml_value(value)}"


def _flowed(items: Sequence[str]) -> list[str]:
    lines = [""]
    for number, item in enumerate(items):
        text = f"{item}{',' if number < len(items) - 1 else '.'}"
        if lines[-1] and len(lines[-1]) + len(text) + 1 > _WIDTH:
            lines.append("")
        lines[-1] = f"{lines[-1]} {text}".strip()
    return lines
