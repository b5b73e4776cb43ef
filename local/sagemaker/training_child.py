"""The training container's process: `python -m local.sagemaker.training_child ML_DIR`. It ends with the cloud."""

from __future__ import annotations

import os
import sys
import threading

from local.container.train import main


def _end_with_parent() -> None:
    """Standard input closes when whoever started this is no more, killed or not."""
    while os.read(0, 4096):
        pass
    os._exit(1)


if __name__ == "__main__":
    threading.Thread(target=_end_with_parent, daemon=True).start()
    sys.exit(main(sys.argv[1:]))
