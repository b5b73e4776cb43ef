"""Records models and answers of another xgboost than the installed one, for test_recorded_models.py:

python -m tests.unit.ebb.trees.recording tests/data/models/3.0-5     (in an environment with xgboost-cpu 3.0.5)
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import xgboost

from tests.unit.ebb.trees.boosters import archive_of, made_rows, trained
from tests.unit.ebb.trees.cases import OBJECTIVES, Case


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    recorded = {}
    for number, objective in enumerate(OBJECTIVES):
        booster = ("gbtree", "dart")[number % 2]
        base_score = 0.3 if number % 3 == 0 else None
        case = Case(objective, booster, 0.15, number % 2 == 0, number % 4 == 0, 5, 3, 5, 1, "hist", base_score)
        model = trained(case, made_rows(400, case, seed=number))
        name = f"{objective.replace(':', '-')}.tar.gz"
        (folder / name).write_bytes(archive_of(model))
        rows = made_rows(20, case, seed=99)
        matrix = xgboost.DMatrix(rows, nthread=1)
        recorded[name] = {
            "rows": [[None if np.isnan(cell) else float(cell) for cell in row] for row in rows],
            "margins": model.predict(matrix, output_margin=True).reshape(len(rows), -1).tolist(),
            "answers": model.predict(matrix).reshape(len(rows), -1).tolist(),
        }
    (folder / "answers.json").write_text(json.dumps(recorded, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
