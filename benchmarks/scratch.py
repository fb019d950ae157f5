"""A database of its own for a benchmark, made and dropped by it: a file of SQLite, or one more on PostgreSQL."""

import contextlib
import os
import shutil
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

NAME = f"doorstep_benchmark_{os.getpid()}"


@contextlib.contextmanager
def database(server: str = ""):
    """Django, set up on an empty migrated database. `server` is a postgres:// URL whose role may create databases."""
    with tempfile.TemporaryDirectory(prefix="doorstep-benchmark-") as folder, _made(server, folder) as url:
        os.environ.update(DATABASE_URL=url, VAR_DIR=folder, SANDBOX="1", DJANGO_SETTINGS_MODULE="tests.settings")
        import django

        django.setup()
        from django.core.management import call_command
        from django.db import connection

        call_command("migrate", verbosity=0)
        yield connection
        connection.close()


@contextlib.contextmanager
def copied(connection, server: str = ""):
    """A second database, like the first one is now; yields its name, for `turn_to`."""
    name = connection.settings_dict["NAME"]
    connection.close()
    other = f"{name}_copy"
    if not server:
        yield shutil.copy(name, other)
        return
    import psycopg

    with psycopg.connect(server, autocommit=True) as maker:
        maker.execute(f"DROP DATABASE IF EXISTS {other} WITH (FORCE)")
        maker.execute(f"CREATE DATABASE {other} TEMPLATE {name}")
        try:
            yield other
        finally:
            maker.execute(f"DROP DATABASE {other} WITH (FORCE)")


def turn_to(connection, name: str) -> None:
    connection.close()
    connection.settings_dict["NAME"] = name


@contextlib.contextmanager
def _made(server: str, folder: str):
    if not server:
        yield f"sqlite:///{Path(folder) / 'benchmark.sqlite3'}"
        return
    import psycopg

    with psycopg.connect(server, autocommit=True) as maker:
        maker.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
        maker.execute(f"CREATE DATABASE {NAME}")
        try:
            yield urlsplit(server)._replace(path=f"/{NAME}").geturl()
        finally:
            maker.execute(f"DROP DATABASE {NAME} WITH (FORCE)")
