"""Reading in a process of its own, beside the one that works on what was read."""

import os
import pickle
import sys
from collections.abc import Callable, Iterator
from subprocess import PIPE, Popen


def read_beside(read: Callable[..., Iterator], *arguments) -> Iterator:
    """What `read(*arguments)` yields, called in another process on the same database, outside any transaction.

    `read` is a function of a module and never yields None; what goes in and out can be pickled. EOFError if the
    process dies.
    """
    from django.db import connection

    path = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-m", __name__]
    with Popen(command, stdin=PIPE, stdout=PIPE, env={**os.environ, **path}) as reader:  # noqa: S603 - our own
        try:
            pickle.dump(str(connection.settings_dict["NAME"]), reader.stdin)
            pickle.dump((read, arguments), reader.stdin)
            reader.stdin.close()
            while (one := pickle.load(reader.stdout)) is not None:  # noqa: S301 - our own process's
                yield one
        finally:
            reader.kill()


def _answer() -> None:
    import django

    django.setup()
    from django.db import connection

    connection.settings_dict["NAME"] = pickle.load(sys.stdin.buffer)  # noqa: S301 - our own process's
    read, arguments = pickle.load(sys.stdin.buffer)  # noqa: S301
    for one in read(*arguments):
        pickle.dump(one, sys.stdout.buffer)
        sys.stdout.buffer.flush()
    pickle.dump(None, sys.stdout.buffer)


if __name__ == "__main__":
    _answer()
