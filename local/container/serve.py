"""The serving entry point: `python -m local.container.serve ML_DIR SOCKET_PATH`."""

import os
import signal
import sys
import threading
from pathlib import Path


def main(arguments: list[str]) -> None:
    """Read the two paths and serve."""
    if len(arguments) != 2:
        sys.exit("usage: python -m local.container.serve ML_DIR SOCKET_PATH")
    serve(Path(arguments[0]).absolute(), Path(arguments[1]))


def serve(root: Path, socket_path: Path) -> None:
    """Serve until SIGTERM, or until standard input closes because whoever started this has gone."""
    signal.signal(signal.SIGTERM, lambda *_: _end(socket_path))
    threading.Thread(target=_end_with_parent, args=(socket_path,), daemon=True).start()
    _serve(root, socket_path)


def _serve(root: Path, socket_path: Path) -> None:
    # OpenMP reads this when xgboost is loaded, hence the imports after it.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    from local.container.invocations import Container
    from local.container.ml_folder import MlFolder
    from local.container.scoring import Scoring
    from local.container.serving_settings import ServingSettings
    from local.container.unix_http import UnixHttpServer

    settings = ServingSettings.from_environment(os.environ)
    if warning := settings.version.warning("serves"):
        print("WARNING:", warning, flush=True)
    settings.write_nginx_configuration()
    scoring = Scoring(MlFolder(root).model, ensemble=settings.ensemble, version=settings.version)
    UnixHttpServer(socket_path, Container(scoring, settings)).serve_forever()


def _end_with_parent(socket_path: Path) -> None:
    while os.read(0, 4096):
        pass
    _end(socket_path)


def _end(socket_path: Path) -> None:
    socket_path.unlink(missing_ok=True)
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
