"""Who is meant by a name in a cell: colleagues and teams, asked for once."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from accounts.models import Team, User
from customers import access
from customers.models.seat import ROLES


@dataclass(frozen=True)
class Named:
    """Ids by every way of writing; a name that several bear stands for none of them."""

    ids: dict[str, int]
    shared: frozenset[str]

    def of(self, text: str) -> int | None:
        return self.ids.get(text.casefold())

    def problem(self, text: str, what: str) -> tuple[str, str]:
        if text.casefold() in self.shared:
            return (
                _("Several are called so."),
                _("Enter the user name instead of the name."),
            )
        return what, _("Correct the name, or empty the cell.")


def named(pairs: list[tuple[int, str]]) -> Named:
    ids: dict[str, int] = {}
    shared: set[str] = set()
    for pk, name in pairs:
        key = name.strip().casefold()
        if key and ids.setdefault(key, pk) != pk:
            shared.add(key)
    return Named({key: pk for key, pk in ids.items() if key not in shared}, frozenset(shared))


class People:
    """`users` and `teams` are those to whom this person may give customers, `workers` those who can serve them, by
    department; labels are of everybody.
    """

    def __init__(self, by: User) -> None:
        rows = list(
            access.colleagues_of(by).order_by("pk").values_list("pk", "username", "display_name", "team")
        )
        self.users = named([(pk, name) for pk, *names, _team in rows for name in dict.fromkeys(names)])
        self.team_of = {pk: team for pk, _username, _name, team in rows}
        paths = list(Team.objects.order_by("pk").values_list("pk", "name", "path"))
        allowed = set(access.teams_of(by).values_list("pk", flat=True))
        self.teams = named([(pk, name) for pk, name, _path in paths if pk in allowed])
        self._paths = {pk: path for pk, _name, path in paths}
        self._teams = {pk: name for pk, name, _path in paths}
        staff = list(
            User.objects.filter(is_active=True, role__in=list(ROLES.values()))
            .order_by("pk")
            .values_list("pk", "role", "username", "display_name")
        )
        self.workers = {
            department: named(
                [(pk, name) for pk, own, *names in staff if own == role for name in dict.fromkeys(names)]
            )
            for department, role in ROLES.items()
        }
        everybody = list(User.objects.values_list("pk", "username", "display_name", "team"))
        names = [display or username for _pk, username, display, _team in everybody]
        double = {name for name in names if names.count(name) > 1} if len(set(names)) < len(names) else set()
        self._users = {
            pk: username if (display or username) in double else display or username
            for pk, username, display, _team in everybody
        }
        self._all_teams_of = {pk: team for pk, _username, _display, team in everybody}

    def user_label(self, pk: int | None) -> str | None:
        return self._users.get(pk) if pk else None

    def team_label(self, pk: int | None) -> str | None:
        return self._teams.get(pk) if pk else None

    def holds(self, team: int, user: int) -> bool:
        """Whether the user works in this team or below it; somebody without a team is in nobody's way."""
        own = self._all_teams_of.get(user)
        return own is None or self._paths[own].startswith(self._paths[team])
