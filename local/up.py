"""`make up`: the local cloud in the background with the stack deployed, and `.local/env` to reach it."""

from __future__ import annotations

import os
import sys
import time

from local import stack
from local.running import ENVIRONMENT, LOG, Running, forget
from local.server import NotReadyError, Server
from local.settings import from_environment


def main(parameters: list[str]) -> int:
    began = time.monotonic()
    server = None
    running = Running.find()
    wanted = from_environment().port
    if running and running.port != wanted:
        print(f"A local cloud is up on port {running.port} already: make down first.", file=sys.stderr)
        return 2
    try:
        if running is None:
            server = Server(from_environment(), LOG, stays=True)
            server.start()
            running = Running(server.pid, server.settings.port, server.settings.secret)
        running.write()
        stack.build()
        stack.deploy(running.admin, parameters)
        running.write_deployed()
    except (NotReadyError, stack.DeploymentFailedError, KeyboardInterrupt) as failed:
        print(f"not up: {failed!s}", file=sys.stderr)
        if server is not None:
            server.stop()
            forget()
        return 1
    bucket = stack.outputs(running.admin)["DataBucketName"]
    seconds = time.monotonic() - began
    print(f"The local cloud is up on 127.0.0.1:{running.port}, with the stack {stack.NAME} ({seconds:.0f} s). Next:")
    print(f"  source {os.path.relpath(ENVIRONMENT)}")
    print(f"  aws s3 cp examples/abalone.csv s3://{bucket}/datasets/abalone/")
    print("  make down")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
