"""`python -m empathy_agent.cli`."""

import sys

from empathy_agent.cli.run import main

sys.exit(main())
