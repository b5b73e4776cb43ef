"""`python -m cli`, which .local/bin/ebb calls."""

import sys

try:
    from cli.app import main

    code = main(sys.argv[1:])
except KeyboardInterrupt:  # also while the modules are read
    code = 130
sys.exit(code)
