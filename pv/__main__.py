"""``python -m pv`` is ``pv``."""

import sys

from pv.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
