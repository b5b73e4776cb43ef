"""The `ebb` command, for people. Its code is not called `ebb`: that is the functions' package, which it shares."""

import sys
from pathlib import Path

_FUNCTIONS = str(Path(__file__).resolve().parents[1] / "functions")

if _FUNCTIONS not in sys.path:
    sys.path.append(_FUNCTIONS)
