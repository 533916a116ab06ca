"""The command line: results on stdout, words about them on stderr; one file a command.

Exit 0: done. 1: findings, such as a failed scenario. 2: the user can fix it, and one line on
stderr says how. Nothing heavy is imported before a command needs it.
"""

from empathy_agent.cli.run import main

__all__ = ["main"]
