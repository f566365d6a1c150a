"""What the figures were measured on."""

import os
import platform
import sqlite3
from importlib.metadata import version
from pathlib import Path

import django
import numpy as np
import psutil
from django.db import connection


def described() -> dict[str, str]:
    return {
        "processor": processor(),
        "cores": str(os.cpu_count()),
        "memory": f"{psutil.virtual_memory().total / 2**30:.0f} GB",
        "disk": disk(),
        "system": platform.platform(terse=True),
        "Python": platform.python_version(),
        "Django": django.get_version(),
        "numpy": np.__version__,
        "psycopg2": version("psycopg2-binary"),
    } | database()


def processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")),
        platform.machine(),
    )


def disk() -> str:
    """Of the directory for temporary files, where the throw-away servers live."""
    for device in sorted(Path("/sys/block").glob("*")):
        if device.name.startswith(("sd", "vd", "nvme", "xvd")):
            is_turning = (device / "queue" / "rotational").read_text().strip() == "1"
            return f"{device.name}, {'rotating or virtual' if is_turning else 'solid state'}"
    return "unknown"


def database() -> dict[str, str]:
    if connection.vendor != "postgresql":
        return {"SQLite": sqlite3.sqlite_version}
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        server = cursor.fetchone()[0].split()[0]
        settings = []
        for name in ("shared_buffers", "work_mem", "max_wal_size", "fsync", "autovacuum"):
            cursor.execute(f"SHOW {name}")
            settings.append(f"{name} {cursor.fetchone()[0]}")
    return {"PostgreSQL": f"{server} ({', '.join(settings)})"}
