"""Customers as rows of a sheet: found by their code, or by their name where the sheet has none."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import cached_property
from typing import Any, ClassVar, Final, Protocol

from django.db.models import Model, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _, gettext_lazy

from accounts.models import Department, User
from customers import services
from customers.duplicates import names
from customers.duplicates.pairs import comparable, how_alike
from customers.imports import columns as cells
from customers.imports.columns import Column, Json
from customers.imports.kind import (
    Candidate,
    Kind,
    Obstacle,
    missing_cell,
    plain,
    portions,
    register,
)
from customers.imports.people import Named, People
from customers.models import (
    SEATS,
    Channel,
    Customer,
    Kind as CustomerKind,
    Lifecycle,
    Seat,
    Size,
    Source,
)
from customers.reference import industries, regions
from customers.services.profile import next_code
from toolbox.days import COOPERATION

FIELDS: Final = {
    "code": "code",
    "name": "name",
    "kind": "kind",
    "lifecycle": "lifecycle",
    "industry": "industry",
    "province": "province",
    "city": "city",
    "size": "size",
    "owner": "owner_id",
    "team": "team_id",
    "source": "source",
    "preferred_channel": "preferred_channel",
    "cooperation_since": "cooperation_since",
    "notes": "notes",
}
"""Our columns to those of the profile."""
SEAT_HEADERS: Final[dict[str, Sequence[str]]] = {
    Department.TECHNICAL: ("技术支持人员", "技术工程师", "技术负责人", "技术对接人", "technical advisor", "technical support engineer"),
    Department.SERVICE: ("售后人员", "售后工程师", "售后负责人", "售后对接人", "客服专员", "after-sales", "service specialist"),
    Department.LOGISTICS: ("物流人员", "物流负责人", "物流对接人", "logistics contact"),
}  # fmt: skip
"""How columns of the service team are headed besides, by department: as of people, since 物流 may be a carrier."""
NAMING: Final = ("owner", "team", *SEATS)
"""Columns whose cells name somebody, or a team."""
MOST_COMPARED: Final = 300_000
"""Names on record; of a larger book those that came first."""
NAMES_SHOWN: Final = 3
NO_SUCH_MANAGER: Final = gettext_lazy(
    "There is no account manager of this name to whom you could give customers."
)
NO_SUCH_TEAM: Final = gettext_lazy("There is no team of this name to which you could give customers.")
NO_SUCH_WORKER: Final = gettext_lazy("Nobody of this name works in the department.")


class Extra(Protocol):
    """What an app downstream adds to the columns of customers: values it keeps of them itself."""

    def columns(self, by: User) -> list[Column]: ...

    def current(
        self, keys: Sequence[str], pks: Sequence[int], *, today: date
    ) -> dict[int, dict[str, Json]]: ...

    def write(
        self, values: Mapping[str, Sequence[tuple[int, Any]]], *, by: User, at: datetime, source: str
    ) -> None:
        """By column: of which customers, and what."""


extras: Final[list[Extra]] = []


@register
class Customers(Kind):
    key = "customers"
    name = gettext_lazy("Customers")
    description = gettext_lazy(
        "Profiles: name, industry, region, account manager and the rest. Found by customer code; a row without one is found by its name, and gets a code of its own when it is new."
    )
    icon = "users"
    hidden: ClassVar[tuple[str, ...]] = ("@version", *(f"@{key}" for key in NAMING))
    identity: ClassVar[tuple[str, ...]] = ("code",)
    needs: ClassVar[tuple[tuple[str, ...], ...]] = (("code", "name"),)

    def __init__(self, *, by: User, at: datetime, source: str = "") -> None:
        super().__init__(by=by, at=at, source=source)
        self.people = People(by)
        self._seen: dict[str, int] = {}
        self._seen_pks: dict[int, int] = {}
        self._made: set[int] = set()
        """Customers whom this commit has created."""
        self._readings: dict[str, services.Reading] = {}

    def make_columns(self) -> list[Column]:
        own = [
            Column(
                key="code", name=gettext_lazy("Customer code"),
                also=(
                    "客户编号", "客户编码", "客户代码", "客户号", "编号", "编码", "代码", "会员号", "往来单位编码", "往来单位编号", "单位编号", "单位编码", "客商编码", "code", "customer code", "customer no",
                    "customer number", "customer id", "account number", "id",
                ),
                parser=cells.code(40), sample="K0001", hint=gettext_lazy("Empty: a code is made for new customers."),
            ),
            Column(
                key="name", name=gettext_lazy("Customer name"),
                also=(
                    "客户名称", "客户全称", "名称", "公司名称", "企业名称", "单位名称", "往来单位", "往来单位名称", "客商名称", "单位全称", "单位全名", "客户全名", "公司全称", "企业全称", "公司", "企业", "客户", "name", "customer name",
                    "company name", "company", "customer", "account name",
                ),
                parser=cells.text(200), is_required=True, sample="苏州精工机械有限公司", width=36,
            ),
            cells.choice_column(
                "kind", gettext_lazy("Kind"), CustomerKind, also=("客户类型", "客户性质", "类型", "性质", "customer type", "type")
            ),
            cells.choice_column(
                "lifecycle", gettext_lazy("Lifecycle"), Lifecycle,
                also=("客户状态", "生命周期", "合作状态", "状态", "阶段", "status", "stage", "lifecycle stage"),
            ),
            Column(
                key="industry", name=gettext_lazy("Industry"),
                also=("所属行业", "行业", "行业分类", "行业类别", "industry", "sector"),
                parser=cells.looked_up(
                    industries.industry_code, gettext_lazy("This industry is not known."),
                    gettext_lazy("Enter a name or a code of GB/T 4754-2017, such as C34."),
                ),
                show=industries.industry_name, sample="C34", width=24,
            ),
            Column(
                key="province", name=gettext_lazy("Province"), also=("省份", "省", "所在省", "所在省份", "地区", "province", "state", "region"),
                parser=cells.looked_up(
                    regions.province_code, gettext_lazy("This province is not known."),
                    gettext_lazy("Enter a province such as 江苏 or Jiangsu."),
                ),
                show=regions.province_name, choices=lambda: [name for _code, name in regions.province_choices()], sample="江苏",
            ),
            Column(
                key="city", name=gettext_lazy("City"), also=("城市", "市", "所在城市", "所在市", "地级市", "city"),
                parser=cells.text(40), show=lambda code: regions.city_name(code) or code, sample="苏州",
            ),
            cells.choice_column(
                "size", gettext_lazy("Size"), Size, also=("规模", "企业规模", "公司规模", "客户规模", "size", "company size")
            ),
            Column(
                key="owner", name=gettext_lazy("Account manager"),
                also=(
                    "客户经理", "负责人", "业务员", "销售", "销售员", "销售代表", "销售经理", "跟进人", "业务负责人", "归属人", "account manager",
                    "owner", "sales rep", "salesperson", "responsible",
                ),
                parser=cells.text(150), hint=gettext_lazy("Name or user name."),
            ),
            Column(
                key="team", name=gettext_lazy("Team"), also=("团队", "部门", "所属团队", "所属部门", "销售团队", "team", "department"),
                parser=cells.text(100),
            ),
            *(
                Column(
                    key=department, name=title, also=SEAT_HEADERS[department], parser=cells.text(150),
                    hint=gettext_lazy("Name or user name."),
                )
                for department, title in SEATS.items()
            ),
            cells.choice_column(
                "source", gettext_lazy("Source"), Source, also=("来源", "客户来源", "来源渠道", "获客渠道", "source", "lead source")
            ),
            cells.choice_column(
                "preferred_channel", gettext_lazy("Preferred channel"), Channel,
                also=("偏好渠道", "沟通方式", "首选沟通方式", "联系方式偏好", "preferred channel", "channel"),
            ),
            cells.day_column(
                "cooperation_since", gettext_lazy("Cooperation since"), COOPERATION,
                also=("合作开始日期", "合作起始日期", "合作起始时间", "开始合作时间", "合作时间", "建立合作日期", "首次合作日期", "首次合作时间", "合作起始日", "cooperation since", "customer since", "since"),
                sample=date(2021, 5, 1),
            ),
            Column(
                key="notes", name=gettext_lazy("Customer notes"),
                also=("客户备注", "备注", "说明", "备注信息", "notes", "note", "customer notes", "remarks", "remark", "comments"),
                parser=cells.text(10_000), width=40,
            ),
        ]  # fmt: skip
        self.of_extras = {column.key: extra for extra in extras for column in extra.columns(self.by)}
        return [*own, *(column for extra in extras for column in extra.columns(self.by))]

    # What a row means

    def settle(self, rows: Sequence[Candidate]) -> None:
        for row in rows:
            self._read_place(row)
            self._read_people(row)

    def _read_place(self, row: Candidate) -> None:
        """A city is read in its province: there are two Suzhous."""
        text = row.values.get("city")
        if text is None:
            return
        code = regions.city_code(text, row.values.get("province"))
        if code is None and row.values.get("province") and regions.city_code(text):
            row.refuse(
                "city", _("This city is not in the chosen province."), _("Correct the city or the province.")
            )
        elif code is None:
            row.refuse(
                "city",
                _("This city is not known, or there are several of its name."),
                _("Enter a city such as 苏州 or Suzhou, with its province beside it."),
            )
        else:
            row.values["city"] = code

    def _who_can_be_meant(self, key: str) -> tuple[Named, Promise]:
        """By a cell of this column, and what is said of anybody else."""
        if key == "owner":
            return self.people.users, NO_SUCH_MANAGER
        if key == "team":
            return self.people.teams, NO_SUCH_TEAM
        return self.people.workers[key], NO_SUCH_WORKER

    def _label(self, key: str, pk: int | None) -> str | None:
        return self.people.team_label(pk) if key == "team" else self.people.user_label(pk)

    def _read_people(self, row: Candidate) -> None:
        for key in NAMING:
            text = row.values.get(key)
            if text is None:
                continue
            pk = self._who_can_be_meant(key)[0].of(text)
            if pk is None:
                row.links[f"?{key}"] = 1  # it may say what is on record
            else:
                row.links[key] = pk
                row.values[key] = self._label(key, pk) or text

    def find(self, rows: Sequence[Candidate]) -> None:
        by_code = self._by_code({row.values["code"] for row in rows if row.values.get("code")})
        by_name = self._by_name(
            {row.values["name"] for row in rows if not row.values.get("code") and row.values.get("name")}
        )
        for row in rows:
            code, name = row.values.get("code"), row.values.get("name")
            row.label = " · ".join(part for part in (code, name) if part)
            if code:
                row.pk = self._identified(row, by_code.get(code))
                self._once(row, f"code:{code}", "code")
            elif name:
                found = by_name.get(name, [])
                if len(found) > 1:
                    row.refuse(
                        "name",
                        _("Several customers on record have this name."),
                        _("Add a column with the customer code, and say in it which one is meant."),
                    )
                row.pk = found[0] if len(found) == 1 else None
                self._once(row, f"name:{name}", "name")
            else:
                missing_cell(row, "name", self.columns.by_key["name"].label())
            if row.pk and self._seen_pks.setdefault(row.pk, row.number) != row.number and not row.problems:
                self._say_twice(row, "code" if code else "name", self._seen_pks[row.pk])
        known = self.current([row.pk for row in rows if row.pk])
        for row in rows:
            if row.pk:
                row.was = known.get(row.pk, {})
                row.label = self.label_of(row.was)

    def _by_code(self, codes: set[str]) -> dict[str, tuple[int, bool, bool, bool]]:
        """Id, whether it may be seen, is archived, was merged."""
        found: dict[str, tuple[int, bool, bool, bool]] = {}
        for some in portions(codes):
            rows = list(
                Customer.objects.filter(code__among=some).values_list(
                    "code", "pk", "archived_at", "merged_into"
                )
            )
            seen = set(
                Customer.objects.visible_to(self.by)
                .filter(pk__among=[pk for _code, pk, *_rest in rows])
                .values_list("pk", flat=True)
            )
            found |= {
                code: (pk, pk in seen, archived is not None, bool(into)) for code, pk, archived, into in rows
            }
        return found

    def _by_name(self, wanted: set[str]) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for some in portions(wanted):
            rows = Customer.objects.visible_to(self.by).active().filter(name__among=some).order_by("pk")
            for name, pk in rows.values_list("name", "pk"):
                found.setdefault(name, []).append(pk)
        return found

    def _identified(self, row: Candidate, known: tuple[int, bool, bool, bool] | None) -> int | None:
        if known is None:
            return None
        pk, is_visible, is_archived, was_merged = known
        if not is_visible:
            row.refuse(
                "code",
                _("This code is taken, and its customer is not among those you may see."),
                _("Correct the code, or ask whoever keeps the customer to load the row."),
            )
            return None
        if was_merged:
            row.refuse(
                "code",
                _("This customer went into another one."),
                _("Put the code of the other customer here, or delete the row."),
            )
        elif is_archived:
            row.refuse(
                "code", _("This customer is archived."), _("Restore the customer first, or delete the row.")
            )
        return pk

    def _once(self, row: Candidate, what: str, key: str) -> None:
        first = self._seen.setdefault(what, row.number)
        if first != row.number:
            self._say_twice(row, key, first)

    def _say_twice(self, row: Candidate, key: str, first: int) -> None:
        row.refuse(
            key,
            _("This customer stands in row %(row)s already.") % {"row": first},
            _("Keep one of the two rows."),
        )

    def same(self, row: Candidate, key: str) -> bool:
        if key in row.links:
            return row.links[key] == row.was.get(f"@{key}")
        return super().same(row, key)

    def judge(self, row: Candidate) -> None:
        for key in NAMING:
            if key in row.values and row.links.pop(f"?{key}", 0):
                known, what = self._who_can_be_meant(key)
                row.refuse(key, *known.problem(str(row.values[key]), str(what)))
        if row.pk is None and not row.values.get("name"):
            missing_cell(row, "name", self.columns.by_key["name"].label())
        city = row.values.get("city", row.was.get("city"))
        province = row.values.get("province", row.was.get("province"))
        if city and province and not str(city).startswith(str(province)) and not row.problems:
            row.refuse(
                "city" if "city" in row.values else "province",
                _("This city is not in the chosen province."),
                _("Correct the city or the province."),
            )
        is_refused = any(problem.key in {"owner", "team"} for problem in row.problems)
        if not is_refused and (row.pk is None or {"owner", "team"} & set(row.values)):
            self._judge_whose(row)

    def _judge_whose(self, row: Candidate) -> None:
        """As in the form: an owner without a team named brings the own team; nobody gives away what he then cannot see."""
        is_new = row.pk is None
        if is_new and not self.by.may_assign:
            mine = row.links.get("owner", self.by.pk) == self.by.pk
            if not mine or ("team" in row.links and row.links["team"] != self.by.team_id):
                self._refuse_giving(row)
                return
            row.links["owner"] = self.by.pk
            if self.by.team_id:
                row.links["team"] = self.by.team_id
        elif is_new and not self.by.sees_all and not {"owner", "team"} & set(row.links):
            row.links["owner"] = self.by.pk
            if self.by.team_id:
                row.links["team"] = self.by.team_id
        elif not is_new and not self.by.may_assign:
            self._refuse_giving(row)
            return
        if "owner" in row.links and "team" not in row.links:
            team = self.people.team_of.get(row.links["owner"])
            if team and team != row.was.get("@team"):
                row.links["team"] = team
                row.values["team"] = self.people.team_label(team)
        owner = row.links.get("owner") or row.was.get("@owner")
        team_id = row.links.get("team") or row.was.get("@team")
        if owner and team_id and not self.people.holds(int(team_id), int(owner)):
            row.refuse(
                "team" if "team" in row.values else "owner",
                _("%(owner)s does not work in %(team)s.")
                % {"owner": self.people.user_label(int(owner)), "team": self.people.team_label(int(team_id))},
                _("Choose another team, or leave it empty to take the person's own."),
            )

    def _refuse_giving(self, row: Candidate) -> None:
        key = "owner" if "owner" in row.values else "team"
        row.refuse(
            key,
            _("You may not give customers to other people and teams."),
            _("Empty the cell, or ask a team lead to load the sheet."),
        )

    def recorded(self, rows: Sequence[Candidate]) -> set[int]:
        codes = {row.values["code"]: row.number for row in rows if row.values.get("code")}
        names = {row.values["name"]: row.number for row in rows if not row.values.get("code")}
        found = [codes[code] for code in self._by_code(set(codes))]
        by_name = self._by_name(set(names))
        return {*found, *(names[name] for name, pks in by_name.items() if not self._made.issuperset(pks))}

    # Who may be the same

    def mark_likely(self, rows: Sequence[Candidate]) -> None:
        """Give new customers the names of those on record that may be the same."""
        if not rows or not self._book():
            return
        asked = names.of([str(row.values["name"]).replace("\n", " ") for row in rows])
        exact: dict[str, list[tuple[names.Name, str]]] = {}
        near: dict[str, list[tuple[names.Name, str]]] = {}
        wanted = {name.core for name in asked}
        heads = {name.core[:2] for name in asked}
        for known, told in self._book():
            if known.core in wanted:
                exact.setdefault(known.core, []).append((known, told))
            elif known.core[:2] in heads:
                near.setdefault(known.core[:2], []).append((known, told))
        for row, name in zip(rows, asked, strict=True):
            found = [told for known, told in exact.get(name.core, ()) if known.fits(name)]
            if not found and len(near.get(name.core[:2], ())) <= 2_000:  # noqa: PLR2004 - a common beginning says nothing
                found = [
                    told
                    for known, told in near.get(name.core[:2], ())
                    if abs(len(known.core) - len(name.core)) <= 3  # noqa: PLR2004 - else they are not 85 % alike
                    and comparable(known.core, name.core)
                    and how_alike(known, name)
                ]
            row.likely = found[:NAMES_SHOWN]

    def _book(self) -> list[tuple[names.Name, str]]:
        if not hasattr(self, "_names"):
            told = list(
                Customer.objects.visible_to(self.by)
                .active()
                .order_by("pk")
                .values_list("name", flat=True)[:MOST_COMPARED]
            )
            self._names = list(zip(names.of([name.replace("\n", " ") for name in told]), told, strict=True))
        return self._names

    # What is on record

    def lock(self, pks: Sequence[int]) -> None:
        for some in portions(sorted(pks)):
            rows = Customer.objects.filter(pk__among=some).select_for_update(of=("self",)).order_by("pk")
            list(rows.values_list("pk", flat=True))

    def current(self, pks: Sequence[int]) -> dict[int, dict[str, Json]]:
        found: dict[int, dict[str, Json]] = {}
        fields = list(FIELDS.values())
        keys = [column.key for column in self.columns.all if column.key in self.of_extras]
        visible = Customer.objects.visible_to(self.by)
        for some in portions(sorted(pks)):
            for pk, version, *values in visible.filter(pk__among=some, archived_at=None).values_list(
                "pk", "version", *fields
            ):
                told = dict(zip(FIELDS, map(plain, values), strict=True)) | dict.fromkeys(SEATS)
                found[pk] = told | {"@version": version}
            seats = Seat.objects.taken().filter(customer__among=some)
            for pk, department, person in seats.values_list("customer_id", "department", "person_id"):
                if pk in found:
                    found[pk][department] = person
            for told in (found[pk] for pk in some if pk in found):
                for key in NAMING:
                    told[f"@{key}"] = named = told[key]
                    told[key] = self._label(key, named)  # type: ignore[arg-type]
            for extra in {id(extra): extra for extra in self.of_extras.values()}.values():
                own = [key for key in keys if self.of_extras[key] is extra]
                for pk, more in extra.current(own, some, today=self.today).items():
                    if pk in found:
                        found[pk].update(more)
        return found

    # What goes out to be edited

    def exported(self, customers: "QuerySet[Any]") -> list[int]:
        return list(customers.filter(archived_at=None).values_list("pk", flat=True))

    def may_be_emptied(self, key: str) -> bool:
        if key in SEATS:
            return True
        field: Any = Customer._meta.get_field(FIELDS[key]) if key in FIELDS else None
        return bool(field and field.blank and key not in {"code", "owner", "team"})

    def label_of(self, said: Mapping[str, Json]) -> str:
        return " · ".join(str(part) for part in (said.get("code"), said.get("name")) if part)

    def last_changes(self, since: Mapping[int, datetime]) -> dict[int, dict[str, tuple[str, datetime]]]:
        found: dict[int, dict[str, tuple[str, datetime]]] = {}
        history: Any = Customer.history
        for some in portions(sorted(since)):
            before: dict[int, list[Any]] = {}
            rows = history.filter(id__among=some).order_by("id", "history_id")
            for pk, at, shown, username, *values in rows.values_list(
                "id", "history_date", "history_user__display_name", "history_user__username", *FIELDS.values()
            ):
                for key, was, now in zip(FIELDS, before.get(pk, values), values, strict=True):
                    if was != now and at >= since[pk]:
                        found.setdefault(pk, {})[key] = (shown or username or "", at)
                before[pk] = values
            seats = (
                Seat.objects.filter(customer__among=some)
                .select_related("by", "ended_by")
                .order_by("since", "pk")
            )
            for seat in seats:
                for at, by in ((seat.since, seat.by), (seat.until, seat.ended_by)):
                    if at and by and at >= since[seat.customer_id]:
                        found.setdefault(seat.customer_id, {})[seat.department] = (by.name, at)
        return found

    # What is done

    def foresee(self, rows: Sequence[Candidate]) -> None:
        for row in rows:
            self._readings[row.values["name"]] = services.reading_of(row.values["name"])

    def _reading_of(self, name: str) -> services.Reading:
        foreseen = self._readings.pop(name, None)
        return foreseen or services.reading_of(name)

    def create(self, rows: Sequence[Candidate]) -> list[int]:
        self._give_codes(rows)
        told = [row.values for row in rows]
        given = set().union(*told) & set(FIELDS) - {"owner", "team"}
        columns: dict[str, list[Any]] = {}
        for key in given:
            field: Any = Customer._meta.get_field(FIELDS[key])
            nothing = field.get_default()
            columns[field.attname] = [values.get(key, nothing) for values in told]
        for key in ("owner", "team"):
            columns[FIELDS[key]] = [row.links.get(key) for row in rows]
        read = [self._reading_of(name) for name in columns["name"]]
        pks = services.create_profiles(columns, readings=read, by=self.by, at=self.at)
        self._made.update(pks)
        self._seat(zip(pks, rows, strict=True))
        self._write_extras(zip(pks, rows, strict=True))
        return pks

    def _give_codes(self, rows: Sequence[Candidate]) -> None:
        without = [row for row in rows if not row.values.get("code")]
        if not without:
            return
        number = int(next_code().removeprefix("C"))
        wanted = [f"C{number + n:06d}" for n in range(len(without) + len(rows))]
        taken = {row.values["code"] for row in rows if row.values.get("code")}
        for some in portions(wanted):
            taken |= set(Customer.objects.filter(code__among=some).values_list("code", flat=True))
        taken |= self._codes_of_the_sheet
        free = (code for code in wanted if code not in taken)
        for row in without:
            row.values["code"] = next(free)

    @cached_property
    def _codes_of_the_sheet(self) -> set[str]:
        return {row.values["code"] for row in self.coming() if row.values.get("code")}

    def update(self, rows: Sequence[Candidate]) -> None:
        changes: dict[int, Mapping[str, Any]] = {}
        for row in rows:
            assert row.pk  # noqa: S101 - it is on record
            changes[row.pk] = {
                FIELDS[key]: row.links.get(key) if key in {"owner", "team"} else stored(key, value)
                for key, value in row.values.items()
                if key in FIELDS
            }
        services.change_profiles({pk: own for pk, own in changes.items() if own}, by=self.by, at=self.at)
        self._seat((row.pk or 0, row) for row in rows)
        self._write_extras((row.pk or 0, row) for row in rows)

    def _seat(self, rows: Iterable[tuple[int, Candidate]]) -> None:
        teams: dict[str, dict[int, int | None]] = {}
        for pk, row in rows:
            for department in SEATS.keys() & row.values:
                teams.setdefault(department, {})[pk] = row.links.get(department)
        services.seat_each(teams, by=self.by, at=self.at)

    def _write_extras(self, rows: Iterable[tuple[int, Candidate]]) -> None:
        valued = [(pk, row.values) for pk, row in rows]
        told: dict[Extra, dict[str, list[tuple[int, Any]]]] = {}
        for key, extra in self.of_extras.items():
            own = [(pk, values[key]) for pk, values in valued if values.get(key) is not None]
            if own:
                told.setdefault(extra, {})[key] = own
        for extra, columns in told.items():
            extra.write(columns, by=self.by, at=self.at, source=self.source)

    # And taken back

    def irrevocable(self, row: Candidate, key: str) -> str:
        if key in self.of_extras and row.was.get(key) is None:
            return _("What was judged is history and stays; before, there was nothing it could go back to.")
        return ""

    def hindered(self, rows: Sequence[Candidate]) -> list[Obstacle]:
        assert self.committed_at  # noqa: S101 - it is undone
        pks = [row.pk for row in rows if row.pk]
        seats: set[int] = set()
        for some in portions(pks):
            came_along = Seat.objects.taken().filter(customer__among=some, since=self.committed_at)
            seats |= set(came_along.values_list("pk", flat=True))
        return hindrances(pks, besides={Seat: seats})

    def remove(self, rows: Sequence[Candidate]) -> None:
        services.delete_many([row.pk for row in rows if row.pk], by=self.by, at=self.at, along=[Seat])


def hindrances(
    pks: Sequence[int], *, besides: Mapping[type[Model], set[int]] | None = None
) -> list[Obstacle]:
    """Why customers cannot be removed. `besides` names rows that go with them."""
    used = services.in_use(pks, besides=besides)
    found = [
        Obstacle(pk, "", _("Something hangs on this customer by now: %(what)s.") % {"what": what})
        for pk, what in used.items()
    ]
    for some in portions(pks):
        edited = Customer.objects.filter(pk__among=some, version__gt=1).order_by("pk")
        found += [
            Obstacle(pk, "", _("This customer was edited since."))
            for pk in edited.values_list("pk", flat=True)
            if pk not in used
        ]
    return found


def stored(key: str, value: Json) -> Json:
    """As the column keeps nothing."""
    if value is None and key != "cooperation_since":
        return ""
    return value
