"""Talk with the agent in the terminal: `python tui.py --help`."""

import sys

from empathy_agent.cli import main

if __name__ == "__main__":
    sys.exit(main(["chat", *sys.argv[1:]]))
