"""Who works at the invented company. Everybody's password is the same, and the log-in page says so."""

from dataclasses import dataclass
from typing import Final

from django.contrib.auth.hashers import make_password

from accounts.models import Role, Team, User

PASSWORD: Final = "tierbook"  # noqa: S105 - the log-in page of the demo prints it


@dataclass(frozen=True, slots=True)
class Person:
    username: str
    name: str
    role: Role
    team: str = ""
    region: str = ""
    """Whose customers: a key of vocabulary.CITIES."""


TEAMS: Final = (
    ("销售部", ""),
    ("华东销售组", "销售部"),
    ("华南销售组", "销售部"),
    ("北方销售组", "销售部"),
    ("客户服务部", ""),
    ("技术支持部", ""),
    ("物流部", ""),
)
TEAM_OF: Final = {"east": "华东销售组", "south": "华南销售组", "north": "北方销售组"}
MANAGER, LEAD = Role.ACCOUNT_MANAGER, Role.TEAM_LEAD
PEOPLE: Final = (
    Person("shenruochuan", "沈若川", Role.DIRECTOR, "销售部"),
    Person("lumingyuan", "陆明远", LEAD, "华东销售组", "east"),
    Person("tangxiaoman", "唐小满", MANAGER, "华东销售组", "east"),
    Person("zhouyanqing", "周砚清", MANAGER, "华东销售组", "east"),
    Person("xuanning", "许安宁", MANAGER, "华东销售组", "east"),
    Person("lijiahe", "黎嘉禾", LEAD, "华南销售组", "south"),
    Person("ouyanglin", "欧阳霖", MANAGER, "华南销售组", "south"),
    Person("chenzhiyao", "陈知遥", MANAGER, "华南销售组", "south"),
    Person("liangzhenye", "梁振业", MANAGER, "华南销售组", "south"),
    Person("haojianyue", "郝建岳", LEAD, "北方销售组", "north"),
    Person("gaoyunshu", "高云舒", MANAGER, "北方销售组", "north"),
    Person("mengfanxing", "孟繁星", MANAGER, "北方销售组", "north"),
    Person("jiangshuohan", "姜朔寒", MANAGER, "北方销售组", "north"),
    Person("suwanqing", "苏晚晴", Role.SERVICE, "客户服务部"),
    Person("dingsiqi", "丁思齐", Role.SERVICE, "客户服务部"),
    Person("fanlize", "范立泽", Role.TECHNICAL, "技术支持部"),
    Person("qinmuyan", "秦牧言", Role.TECHNICAL, "技术支持部"),
    Person("maxingzhou", "马行舟", Role.LOGISTICS, "物流部"),
    Person("yanshouzheng", "严守正", Role.AUDITOR),
    Person("admin", "温如故", Role.ADMINISTRATOR),
)
DIRECTOR, ADMINISTRATOR = PEOPLE[0], PEOPLE[-1]


def of_region(region: str) -> list[Person]:
    """Account managers, and their lead, who has a few customers too."""
    return [person for person in PEOPLE if person.region == region]


def of_role(role: Role) -> list[Person]:
    return [person for person in PEOPLE if person.role == role]


def create_people(marker: dict[str, object]) -> dict[str, User]:
    """By username. The marker on the administrator says whose database this is."""
    teams: dict[str, Team] = {}
    for name, parent in TEAMS:
        teams[name] = Team.objects.create(name=name, parent=teams.get(parent))
    password = make_password(PASSWORD)  # once: it is slow on purpose
    for number, person in enumerate(PEOPLE):
        is_administrator = person is ADMINISTRATOR
        User.objects.create(
            username=person.username,
            display_name=person.name,
            role=person.role,
            team=teams.get(person.team),
            password=password,
            phone=f"1380000{number:04d}",
            email=f"{person.username}@example.com",
            is_staff=is_administrator,
            is_superuser=is_administrator,
            preferences=marker if is_administrator else {},
        )
    return {user.username: user for user in User.objects.all()}
