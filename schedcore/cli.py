"""The command line: schedules from configuration files, shown, drawn and checked."""

import argparse
import sys
from collections.abc import Sequence
from typing import NoReturn

from schedcore._commands import (
    check_command,
    plot_command,
    recipes_command,
    show_command,
)
from schedcore._commands.output import said

PROGRAM = "python -m schedcore"
COMMANDS = {
    "show": show_command,
    "plot": plot_command,
    "check": check_command,
    "recipes": recipes_command,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; its exit status: 2 for whatever was wrong in asking."""
    given = _parser().parse_args(arguments)
    try:
        status: int = COMMANDS[given.command].run(given)
    except BrokenPipeError:  # whoever read the output, such as `head`, has read enough
        return 1
    except (OSError, ValueError, TypeError, ModuleNotFoundError) as error:
        sys.stderr.write(f"{said(error)}\n")
        return 2
    return status


class _Parser(argparse.ArgumentParser):
    """Complains in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message} (see {self.prog} --help)\n")


def _parser() -> argparse.ArgumentParser:
    examples = [f"  {PROGRAM} {module.EXAMPLE}" for module in COMMANDS.values()]
    shape = argparse.RawDescriptionHelpFormatter  # an example is one line
    parser = _Parser(
        prog=PROGRAM,
        description=__doc__,
        epilog="\n".join(["examples:", *examples]),
        formatter_class=shape,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, module in COMMANDS.items():
        command = commands.add_parser(
            name,
            help=module.HELP,
            description=f"{module.HELP[0].upper()}{module.HELP[1:]}.",
            epilog=f"example:\n  {PROGRAM} {module.EXAMPLE}",
            formatter_class=shape,
        )
        module.add(command)
    return parser
