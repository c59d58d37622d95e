"""`python -m schedcore`."""

import sys

from schedcore.cli import main

if __name__ == "__main__":
    sys.exit(main())
