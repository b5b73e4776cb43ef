"""Writes the docs that the code already says: `make docs`. Tests compare them."""

from __future__ import annotations

import ast
import json
import re
import sys
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
sys.path.append(str(ROOT / "functions"))  # as in Lambda: what is in functions/ is imported by its own name

from docs.dataset_schema import dataset_schema  # noqa: E402
from docs.endpoint_states import STEPS  # noqa: E402
from docs.event_schemas import event_schema, event_table, events  # noqa: E402
from docs.model_schema import model_schema  # noqa: E402
from tests.structure import FLOORS  # noqa: E402

README = ROOT / "README.md"
ARCHITECTURE = ROOT / "docs/architecture.md"
MODEL_SCHEMA = ROOT / "docs/model.schema.json"
DATASET_SCHEMA = ROOT / "docs/dataset.schema.json"
EVENTS = ROOT / "docs/events"


class _TemplateLoader(yaml.SafeLoader):
    """Reads CloudFormation's `!Ref` and the like as plain text: only the parameters matter here."""


_TemplateLoader.add_multi_constructor("!", lambda _loader, suffix, _node: suffix)


def parameter_table() -> str:
    template: dict[str, Any] = yaml.load((ROOT / "template.yaml").read_text(), _TemplateLoader)  # noqa: S506
    rows = ["| parameter | default | what it does |", "|---|---|---|"]
    for name, parameter in template["Parameters"].items():
        default = f"`{parameter['Default']}`" if parameter["Default"] != "" else "(none)"
        rows.append(f"| `{name}` | {default} | {' '.join(parameter['Description'].split())} |")
    return "\n".join(rows)


def with_block(text: str, name: str, content: str) -> str:
    """The text with what stands between `<!-- name -->` and `<!-- /name -->` replaced."""
    return re.sub(
        rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)",
        lambda found: f"{found[1]}{content}\n{found[2]}",
        text,
        flags=re.DOTALL,
    )


def room_table() -> str:
    """Each room with the first line of its docstring, floor by floor."""
    rows = ["| room | what is in it |", "|---|---|"]
    for floor in FLOORS:
        for room in floor:
            package = ROOT / "functions/ebb" / room
            text = (package / "__init__.py" if package.is_dir() else package.with_suffix(".py")).read_text()
            rows.append(f"| `{room}` | {(ast.get_docstring(ast.parse(text)) or '').splitlines()[0]} |")
    return "\n".join(rows)


def state_diagram() -> str:
    """Mermaid, and the steps in words."""
    lines = ["```mermaid", "stateDiagram-v2", "    [*] --> none"]
    lines += [f"    {step.before} --> {step.after}" for step in STEPS]
    rows = ["```", "", "| from | to | when |", "|---|---|---|"]
    return "\n".join([*lines, *rows, *(f"| {step.before} | {step.after} | {step.when} |" for step in STEPS)])


def architecture(text: str) -> str:
    return with_block(with_block(text, "rooms", room_table()), "states", state_diagram())


def readme(text: str) -> str:
    return with_block(text, "parameters", parameter_table())


def model_schema_text() -> str:
    return json.dumps(model_schema(), indent=2) + "\n"


def dataset_schema_text() -> str:
    return json.dumps(dataset_schema(), indent=2) + "\n"


def event_files() -> dict[str, str]:
    """Everything in docs/events, by file name."""
    schemas = {f"{name}.schema.json": json.dumps(event_schema(name), indent=2) + "\n" for name in events()}
    return schemas | {"README.md": with_block((EVENTS / "README.md").read_text(), "events", event_table())}


if __name__ == "__main__":
    for file, content in event_files().items():
        (EVENTS / file).write_text(content)
    DATASET_SCHEMA.write_text(dataset_schema_text())
    MODEL_SCHEMA.write_text(model_schema_text())
    README.write_text(readme(README.read_text()))
    ARCHITECTURE.write_text(architecture(ARCHITECTURE.read_text()))
    sys.exit(0)
