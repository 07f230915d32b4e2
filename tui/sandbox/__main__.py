"""`python -m tui.sandbox`."""

import sys

from tui.sandbox.command import serve

if __name__ == "__main__":
    sys.exit(serve(sys.argv[1:]))
