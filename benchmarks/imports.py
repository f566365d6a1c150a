"""Importing a sheet of customers into PostgreSQL, from the file to committed rows:

    ./run bench imports [--rows 100000] [--rounds 1]

On a throw-away PostgreSQL a workbook of 20 columns (14 of the profile, 6 ratings and figures) is read, compared, previewed
and committed as from the page, by one process. The yardsticks, in the same run and each in a process of its own, check
nothing, keep no history and cannot be undone: bare python-calamine, COPY and upserts into the tables of the product, with
their keys, indexes and foreign keys; the same into two bare tables, one for the profiles and one for the values; and
openpyxl with `bulk_create`, measured on a tenth of the rows and scaled. Then the same file again, which changes nothing. Beside the seconds stand those
of computing, by the process and by PostgreSQL for it: they can be compared on a machine that others use, too.
"""

import argparse
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parent.parent
PROFILE: Final = (
    "客户编号", "客户名称", "客户类型", "客户状态", "行业", "省份", "城市", "规模", "客户经理", "团队", "来源", "偏好渠道",
    "合作起始日期", "备注",
)  # fmt: skip
GIVEN: Final = "行业发展前景"
"""The one of them that is a figure; the others are ratings."""
JUDGED: Final = ("服务响应要求", "行业发展前景", "企业扩张计划", "转介绍能力", "客户满意度", "接受新品")
YARDSTICK: Final = "calamine, COPY and upsert"
SYLLABLES: Final = "苏州精工机械重庆长安汽车宁波海天杭州西湖电子科技材料华东南北新能源"


def main() -> None:
    options = arguments()
    if options.way:
        print(json.dumps(alone(options.way, options.file, options.rows)))
        return
    if options.file:
        measure(options)
        return
    if os.environ.get("DATABASE_URL"):
        sys.exit("This benchmark makes a database of its own: unset DATABASE_URL.")
    with tempfile.TemporaryDirectory(prefix="tierbook-bench-") as directory:
        command = [
            sys.executable, "-m", "tests.servers", "--",
            sys.executable, "-m", "benchmarks.imports", "--rows", str(options.rows),
            "--rounds", str(options.rounds), "--file", f"{directory}/customers.xlsx",
        ]  # fmt: skip
        environment = os.environ | {
            "VAR_DIR": directory, "LOG_LEVEL": "ERROR", "DATABASE_URL": "", "UPLOAD_LIMIT_MB": "200",
            "SHEET_LIMIT_ROWS": str(options.rows + 10),
        }  # fmt: skip
        subprocess.run(command, cwd=ROOT, env=environment, check=True)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=1, help="the medians are shown")
    parser.add_argument("--file", default="", help=argparse.SUPPRESS)
    parser.add_argument("--way", default="", help=argparse.SUPPRESS)
    return parser.parse_args()


def measure(options: argparse.Namespace) -> None:
    subprocess.run([sys.executable, "manage.py", "migrate", "--verbosity", "0"], cwd=ROOT, check=True)
    write(options.file, options.rows)
    tenth = f"{options.file}.tenth.xlsx"
    write(tenth, options.rows // 10)
    took: dict[str, list[dict[str, float]]] = {}
    for _round in range(options.rounds):
        for way in WAYS:
            file = tenth if way == "openpyxl and bulk_create" else options.file
            command = [
                sys.executable, "-m", "benchmarks.imports", "--way", way, "--file", file, "--rows", str(options.rows),
            ]  # fmt: skip
            told = subprocess.check_output(command, cwd=ROOT, text=True)
            took.setdefault(way, []).append(json.loads(told.splitlines()[-1]))
    print(f"{options.rows:,} rows × {len(PROFILE) + len(JUDGED)} columns, PostgreSQL\n")
    bare = statistics.median(one["seconds"] for one in took[YARDSTICK])
    bare_computing = statistics.median(one["computing"] for one in took[YARDSTICK])
    for way, rounds in took.items():
        seconds = statistics.median(one["seconds"] for one in rounds)
        computed = statistics.median(one["computing"] for one in rounds)
        scaled = 10 if way == "openpyxl and bulk_create" else 1
        stages = ", ".join(
            f"{name} {value:.1f}"
            for name, value in rounds[-1].items()
            if name not in {"seconds", "computing", "memory"}
        )
        print(
            f"{way:28} {seconds * scaled:7.2f} s{' (scaled)' if scaled > 1 else ''}  {seconds * scaled / bare:5.2f} × the yardstick"
            f"  computing {computed * scaled:6.2f} s  {computed * scaled / bare_computing:5.2f} ×"
            f"  {max(one['memory'] for one in rounds):4.0f} MB  {stages}"
        )


def write(path: str, rows: int, *, first: int = 0) -> None:
    from openpyxl import Workbook  # noqa: PLC0415

    chance = random.Random(1)
    book = Workbook(write_only=True)
    sheet: Any = book.create_sheet()
    sheet.append([*PROFILE, *JUDGED])
    for n in range(first, first + rows):
        name = "".join(chance.choices(SYLLABLES, k=8)) + "有限公司"
        sheet.append([
            f"P{n:06d}", name, "企业", "活跃" if n % 2 else "新客", "C34", "江苏", "苏州", "大型", None, None, "展会", "电话",
            "2021-05-01", f"备注{n}", chance.randint(1, 5), chance.randint(0, 100), *(chance.randint(1, 5) for _ in range(4)),
        ])  # fmt: skip
    book.save(path)


# One way each, in a process of its own


def alone(way: str, file: str, rows: int) -> dict[str, float]:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")
    import django  # noqa: PLC0415

    django.setup()
    from toolbox import garbage  # noqa: PLC0415

    garbage.settle()  # as in a worker, and for all of them
    before = computing()
    found = WAYS[way](file, rows)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return found | {"computing": computing() - before, "memory": memory}


def computing() -> float:
    """Seconds of processors: of this process, of those it started, and of PostgreSQL for it. Others do not disturb them much."""
    import psutil  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415

    connection.ensure_connection()
    served = psutil.Process(connection.connection.get_backend_pid()).cpu_times()
    own = psutil.Process().cpu_times()
    return own.user + own.system + own.children_user + own.children_system + served.user + served.system


def ours(file: str, rows: int) -> dict[str, float]:
    return imported(file, "new", rows)


def again(file: str, rows: int) -> dict[str, float]:
    return imported(file, "unchanged", rows)


def imported(file: str, expected: str, rows: int) -> dict[str, float]:
    from django.core.files.uploadedfile import UploadedFile  # noqa: PLC0415

    from accounts.models import User  # noqa: PLC0415
    from customers.imports import life  # noqa: PLC0415

    by, _is_new = User.objects.get_or_create(
        username="bench", defaults={"role": "director", "language": "zh-hans"}
    )
    began = time.perf_counter()
    with Path(file).open("rb") as stream:
        parent = life.receive(UploadedFile(stream, "customers.xlsx"), kind="customers", by=by)
    life.work(parent.pk)
    read = time.perf_counter()
    parent.refresh_from_db()
    if parent.errors or not life.ask_to_plan(parent):
        raise RuntimeError(f"{parent.state}: {parent.errors[:3]}")
    life.work(parent.pk)
    planned = time.perf_counter()
    parent.refresh_from_db()
    if parent.counts.get(expected) != rows:
        raise RuntimeError(f"{parent.state}: {parent.counts} {parent.errors[:3]}")
    if expected == "new":
        life.ask_to_commit(parent, leaves_out_likely=False)
        life.work(parent.pk)
        parent.refresh_from_db()
        if parent.state != parent.State.DONE:
            raise RuntimeError(f"{parent.state}: {parent.errors[:3]} {parent.obstacles[:3]}")
    ended = time.perf_counter()
    return {"seconds": ended - began, "read": read - began, "plan": planned - read, "commit": ended - planned}


def yardstick(file: str, rows: int) -> dict[str, float]:
    """Into tables of the same shape, with the same keys and indexes."""
    import io  # noqa: PLC0415

    import python_calamine  # noqa: PLC0415
    from django.db import connection, transaction  # noqa: PLC0415

    names = "code, name, kind, lifecycle, industry, province, city, size, source, preferred_channel, cooperation_since, notes"
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bench_profile, bench_value")
        cursor.execute("CREATE TABLE bench_profile (LIKE customers_customer INCLUDING ALL)")
        cursor.execute("CREATE TABLE bench_value (code text, key text, value int, PRIMARY KEY (code, key))")
    began = time.perf_counter()
    profiles, values = io.StringIO(), io.StringIO()
    with Path(file).open("rb") as stream:
        sheet = python_calamine.CalamineWorkbook.from_filelike(stream).get_sheet_by_index(0)
        lines = iter(sheet.iter_rows())
        head = next(lines)
        for line in lines:
            own = [*line[:8], *line[10:14]]
            profiles.write("\t".join(map(str, own)) + "\n")
            values.writelines(
                f"{line[0]}\t{key}\t{value:.0f}\n" for key, value in zip(head[14:], line[14:], strict=True)
            )
    with transaction.atomic(), connection.cursor() as cursor:
        for name, text, columns in (("profiles", profiles, names), ("values", values, "code, key, value")):
            text.seek(0)
            shape = ", ".join(
                f"{column} {'int' if column == 'value' else 'text'}" for column in columns.split(", ")
            )
            cursor.execute(f"CREATE TEMP TABLE new_{name} ({shape})")
            cursor.copy_expert(f"COPY new_{name} FROM STDIN", text)
        cursor.execute(f"""
            INSERT INTO bench_profile ({names}, initials, search_text, name_key, version, created_at, updated_at)
            SELECT code, name, 'enterprise', 'active', 'C34', '32', '3205', 'large', 'fair', 'phone', cooperation_since::date,
                notes, '', lower(code || ' ' || name), name, 1, now(), now()
            FROM new_profiles
            ON CONFLICT (code) DO UPDATE SET name = excluded.name, notes = excluded.notes, updated_at = now()
        """)
        cursor.execute("""
            INSERT INTO bench_value SELECT code, key, value FROM new_values
            ON CONFLICT (code, key) DO UPDATE SET value = excluded.value
        """)
        cursor.execute("SELECT count(*) FROM bench_profile")
        if cursor.fetchone() != (rows,):
            raise RuntimeError("The yardstick wrote another number of rows.")
    return {"seconds": time.perf_counter() - began}


def same_tables(file: str, rows: int) -> dict[str, float]:
    """Into the product's own tables, taken back at the end. Values are appended where another one is the newest."""
    import io  # noqa: PLC0415

    import python_calamine  # noqa: PLC0415
    from django.db import connection, transaction  # noqa: PLC0415

    from accounts.models import User  # noqa: PLC0415

    by = User.objects.get(username="bench").pk
    names = "code, name, kind, lifecycle, industry, province, city, size, source, preferred_channel, cooperation_since, notes"
    began = time.perf_counter()
    profiles, values = io.StringIO(), io.StringIO()
    with Path(file).open("rb") as stream:
        sheet = python_calamine.CalamineWorkbook.from_filelike(stream).get_sheet_by_index(0)
        lines = iter(sheet.iter_rows())
        head = next(lines)
        for line in lines:
            own = [*line[:8], *line[10:14]]
            own[0] = code = f"Y{line[0]}"
            profiles.write("\t".join(map(str, own)) + "\n")
            values.writelines(
                f"{code}\t{key}\t{value:.0f}\n" for key, value in zip(head[14:], line[14:], strict=True)
            )
    with transaction.atomic(), connection.cursor() as cursor:
        for name, text, columns in (("profiles", profiles, names), ("values", values, "code, key, value")):
            text.seek(0)
            shape = ", ".join(
                f"{column} {'int' if column == 'value' else 'text'}" for column in columns.split(", ")
            )
            cursor.execute(f"CREATE TEMP TABLE new_{name} ({shape})")
            cursor.copy_expert(f"COPY new_{name} FROM STDIN", text)
            cursor.execute(f"ANALYZE new_{name}")
        cursor.execute(f"""
            INSERT INTO customers_customer ({names}, initials, search_text, name_key, version, created_at, updated_at)
            SELECT code, name, 'enterprise', 'active', 'C34', '32', '3205', 'large', 'fair', 'phone', cooperation_since::date,
                notes, '', upper(code || ' ' || name), name, 1, now(), now()
            FROM new_profiles
            ON CONFLICT (code) DO UPDATE SET name = excluded.name, notes = excluded.notes, updated_at = now()
        """)
        cursor.execute("""
            INSERT INTO customers_standing (customer_id, is_overridden)
            SELECT id, false FROM customers_customer JOIN new_profiles USING (code) ON CONFLICT DO NOTHING
        """)
        cursor.execute(
            "CREATE TEMP TABLE written AS SELECT id, key, value FROM new_values JOIN customers_customer USING (code)"
        )
        for table, value, day, words, who, which in (
            ("assessment", "rating", "rated_on", "evidence", "rater_id", "<>"),
            ("figure", "value", "as_of", "source", "by_id", "="),
        ):
            cursor.execute(
                f"""
                INSERT INTO customers_{table} (customer_id, indicator, {day}, {value}, {words}, {who}, recorded_at)
                SELECT id, key, current_date, value, 'sheet', %s, now() FROM written
                WHERE key {which} %s AND value IS DISTINCT FROM (
                    SELECT {value} FROM customers_{table} old WHERE old.customer_id = written.id AND old.indicator = key
                    ORDER BY {day} DESC, old.id DESC LIMIT 1
                )
                """,
                [by, GIVEN],
            )
        cursor.execute("SELECT count(*) FROM customers_customer WHERE code LIKE 'Y%'")
        if cursor.fetchone() != (rows,):
            raise RuntimeError("The yardstick wrote another number of rows.")
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        seconds = time.perf_counter() - began
        transaction.set_rollback(True)
    return {"seconds": seconds}


def django_way(file: str, _rows: int) -> dict[str, float]:
    """Read row by row, made and written with the ORM, taken back at the end."""
    from django.db import transaction  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415
    from openpyxl import load_workbook  # noqa: PLC0415

    from accounts.models import User  # noqa: PLC0415
    from customers.models import Assessment, Customer  # noqa: PLC0415

    by = User.objects.get(username="bench")
    began = time.perf_counter()
    with transaction.atomic():
        sheet: Any = load_workbook(file, read_only=True).active
        lines = sheet.iter_rows(values_only=True)
        next(lines)
        customers, ratings = [], []
        for line in lines:
            customer = Customer(code=f"D{line[0]}", name=line[1], industry="C34", notes=line[13], owner=by)
            customer.prepare()
            customer.full_clean(exclude=["owner", "team"], validate_unique=False)
            customers.append(customer)
            ratings.append(line[14:])
        Customer.objects.bulk_create(customers, batch_size=500)
        today = timezone.localdate()
        Assessment.objects.bulk_create(
            (
                Assessment(
                    customer=customer, indicator=f"i{n}", rating=min(5, max(1, int(value))), rater=by, rated_on=today,
                    evidence="sheet",
                )
                for customer, own in zip(customers, ratings, strict=True)
                for n, value in enumerate(own)
            ),
            batch_size=500,
        )  # fmt: skip
        seconds = time.perf_counter() - began
        transaction.set_rollback(True)
    return {"seconds": seconds}


WAYS: Final[dict[str, Callable[[str, int], dict[str, float]]]] = {
    "ours": ours,
    YARDSTICK: same_tables,
    "the same, bare tables": yardstick,
    "ours, the same file again": again,
    "openpyxl and bulk_create": django_way,
}


if __name__ == "__main__":
    main()
