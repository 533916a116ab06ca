"""Start the terminal app: `python tui.py`, with the options of `empathy-agent chat`."""

import sys

from empathy_agent.cli import main

if __name__ == "__main__":
    sys.exit(main(["chat", *sys.argv[1:]]))
