"""The click tree: which commands there are, what each takes, and the Command it becomes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import click

from bot.domain.commands import (
    AuditCommand,
    CancelCommand,
    Command,
    DeleteUserCommand,
    EditUserCommand,
    FlagCommand,
    GrantRoleCommand,
    HelpCommand,
    ImportUsersCommand,
    ListRolesCommand,
    ListUsersCommand,
    NameCustomerCommand,
    PasswordCommand,
    PendingCommand,
    PurgeUsersCommand,
    RevokeRoleCommand,
    ShowUserCommand,
    StatusCommand,
    TokenCommand,
    WhoAmICommand,
)
from bot.domain.limits import MAX_GRANT_HOURS, MAX_REASON_CHARS, MAX_TYPED_USERS
from bot.domain.roles import Role, Subject, check_grantable
from bot.domain.scope import (
    Everyone,
    Filters,
    Flag,
    Groups,
    Scope,
    Users,
    parse_customer,
)
from bot.errors import InvalidInput
from bot.grammar import converters
from bot.grammar.leaf import Leaf


def _set_flag(flag: Flag) -> Callable[..., Command]:
    def build(
        direction: bool,
        customer: str,
        users: tuple[str, ...],
        groups: tuple[str, ...],
        reason: str | None,
        from_file: bool,
    ) -> Command:
        if from_file and (users or groups):
            raise InvalidInput("--file asks for the users in a file: name no users or groups here.")
        if users and groups:
            raise InvalidInput(
                f"“{users[0]}” is a user and {groups[0]} a group: name users or groups, not both."
            )
        if len(users) > MAX_TYPED_USERS:
            raise InvalidInput(
                f"{MAX_TYPED_USERS} users can be typed, and these are {len(users):,}. For a longer list: --file."
            )
        scope: Scope = Everyone()
        if groups:
            scope = Groups(groups)
        elif users:
            scope = Users(users)
        return FlagCommand(flag, direction, customer, scope, reason or "", from_file)

    return build


def _audit(which: tuple[str | None, str | None] | None) -> Command:
    customer, change_id = which or (None, None)
    return AuditCommand(customer, change_id)


def _role_list(which: tuple[Subject | Role | str, ...]) -> Command:
    subjects = [each for each in which if isinstance(each, Subject)]
    roles = [each for each in which if isinstance(each, Role)]
    customers = [each for each in which if isinstance(each, str) and not isinstance(each, Role)]
    if max(len(subjects), len(roles), len(customers)) > 1:
        raise InvalidInput("At most one subject, one role and one customer, please.")
    return ListRolesCommand(
        next(iter(subjects), None), next(iter(roles), None), next(iter(customers), None)
    )


def _role_grant(subject: Subject, role: Role, customer: str, hours: int | None) -> Command:
    check_grantable(subject, role)
    return GrantRoleCommand(subject, role, customer, hours)


def _word(
    name: str, read: Callable[[str], Any] = str, shown: str = "", **more: Any
) -> click.Argument:
    return click.Argument([name], type=read, metavar=shown or name.upper(), **more)


def _customer(*, optional: bool = False) -> click.Argument:
    shown = "[CUSTOMER]" if optional else "CUSTOMER"
    return _word("customer", parse_customer, shown, required=not optional)


def _group_option() -> click.Option:
    return click.Option(
        ["--group", "groups"],
        type=str,
        multiple=True,
        metavar="GROUP",
        help="only users in this failover group; repeat it for several, up to 16",
    )


def _reason() -> click.Option:
    return click.Option(
        ["--reason"],
        type=str,
        metavar="TEXT",
        help=f"why: the text up to the next option or the end, at most {MAX_REASON_CHARS} characters",
    )


def _filter_options() -> Iterator[click.Option]:
    for name, shown, read in (
        ("failover", "on|off", converters.on_or_off),
        ("access", "on|off", converters.on_or_off),
        ("activated", "yes|no", converters.yes_or_no),
    ):
        help_ = f"only users with {name} {shown.replace('|', ' or ')}"
        yield click.Option([f"--{name}"], type=read, metavar=shown, help=help_)
    yield _group_option()


def _filters(
    failover: bool | None, access: bool | None, activated: bool | None, groups: tuple[str, ...]
) -> Filters:
    return Filters(groups, failover=failover, access=access, activation=activated)


def _list_users(customer: str, private: bool, **filters: Any) -> Command:
    return ListUsersCommand(customer, _filters(**filters), private)


def _purge(customer: str, reason: str | None, **filters: Any) -> Command:
    return PurgeUsersCommand(customer, _filters(**filters), reason or "")


def _with_reason(build: Callable[..., Command]) -> Callable[..., Command]:
    return lambda reason, **asked: build(**asked, reason=reason or "")


def _user() -> click.Argument:
    return _word("address", converters.address, "USER")


def _user_leaves() -> Iterator[Leaf]:
    yield Leaf(
        "show",
        ShowUserCommand,
        _customer(),
        _user(),
        meaning="Show one user: fields, flags, and the last changes.",
        examples=("user show 44444 jo@example.com",),
    )
    yield Leaf(
        "edit",
        EditUserCommand,
        _customer(),
        _user(),
        _reason(),
        build=_with_reason(EditUserCommand),
        meaning="Propose other values for the fields of one user; a form asks for them.",
        examples=("user edit 44444 jo@example.com",),
    )
    yield Leaf(
        "delete",
        DeleteUserCommand,
        _customer(),
        _user(),
        _reason(),
        build=_with_reason(DeleteUserCommand),
        meaning="Propose to delete one user; a form asks for the address once more.",
        examples=("user delete 44444 jo@example.com --reason has left",),
    )


def _many_leaves() -> Iterator[Leaf]:
    yield Leaf(
        "users",
        ListUsersCommand,
        _customer(),
        *_filter_options(),
        click.Option(["--private"], is_flag=True, help="the file goes to you alone"),
        build=_list_users,
        meaning="List the users: the first ones here, all of them in a CSV file.",
        examples=("users 44444 --failover on --activated no", "users 44444 --group emea --private"),
    )
    yield Leaf(
        "import",
        ImportUsersCommand,
        _customer(),
        _reason(),
        build=_with_reason(ImportUsersCommand),
        meaning="Propose to update users from a CSV or JSON file; a form asks for it.",
        examples=("import 44444",),
    )
    yield Leaf(
        "purge",
        PurgeUsersCommand,
        _customer(),
        *_filter_options(),
        _reason(),
        build=_purge,
        meaning="Propose to delete every user that matches; a form asks for the number once more.",
        examples=("purge 44444 --group left --access off",),
    )
    yield Leaf(
        "token",
        TokenCommand,
        _customer(),
        _user(),
        click.Option(
            ["--notify"], is_flag=True, help="it is sent to the user by mail, and not shown"
        ),
        _reason(),
        build=_with_reason(TokenCommand),
        meaning="Propose to make an activation token, the key to the mailbox of this user.",
        examples=("token 44444 jo@example.com", "token 44444 jo@example.com --notify"),
    )
    yield Leaf(
        "password",
        PasswordCommand,
        _user(),
        meaning="Set the password of a user by a token; a form asks for both. Off by default.",
        examples=("password jo@example.com",),
        surplus_refusal="Only the address stands behind password: a form asks for the rest. What was typed here may "
        "have been kept: take another password, and another token.",
    )


def _status(customer: str, groups: tuple[str, ...]) -> Command:
    return StatusCommand(customer, Groups(groups).names if groups else ())


def _flag_leaf(flag: Flag, meaning: str, *examples: str) -> Leaf:
    return Leaf(
        flag.value,
        FlagCommand,
        _word("direction", converters.direction, "on|off"),
        _customer(),
        _word("users", converters.address, "[USER...]", nargs=-1),
        _group_option(),
        click.Option(
            ["--file", "from_file"],
            is_flag=True,
            help="a form asks for a file with up to 5,000 users",
        ),
        _reason(),
        build=_set_flag(flag),
        meaning=meaning,
        examples=examples,
    )


def _role_leaves() -> Iterator[Leaf]:
    grant = (
        _word("subject", converters.subject),
        _word("role", converters.role),
        _word("customer", converters.customer_or_any),
    )
    yield Leaf(
        "list",
        ListRolesCommand,
        _word("which", converters.which_grants, "[SUBJECT] [ROLE] [CUSTOMER]", nargs=-1),
        build=_role_list,
        meaning="List who has which role for which customer.",
        examples=("role list", "role list U0OPERATOR operator 44444"),
    )
    yield Leaf(
        "grant",
        GrantRoleCommand,
        *grant,
        click.Option(
            ["--hours"],
            type=converters.hours,
            metavar="N",
            help=f"the grant ends by itself after 1 to {MAX_GRANT_HOURS} hours",
        ),
        build=_role_grant,
        meaning="Give a role to a person, a user group or a channel; * is every customer.",
        examples=(
            "role grant U0OPERATOR operator 44444 --hours 8",
            "role grant C0INCIDENT incident *",
        ),
    )
    yield Leaf(
        "revoke",
        RevokeRoleCommand,
        *grant,
        meaning="Take a role away.",
        examples=("role revoke S0ONCALL viewer 44444",),
    )


def _single_leaves() -> Iterator[Leaf]:
    yield _flag_leaf(
        Flag.FAILOVER,
        "Propose to send mail to the emergency webmail (on) or back (off).",
        "failover on 44444 --group emea --group germany --reason Exchange down",
        "failover on 44444",
        "failover off 44444 jo@example.com sam@example.com",
    )
    yield _flag_leaf(
        Flag.ACCESS,
        "Propose to let users log in to the emergency webmail (on) or not (off).",
        "access off 44444 jo@example.com --reason has left",
        "access on 44444",
    )
    yield Leaf(
        "status",
        StatusCommand,
        _customer(),
        _group_option(),
        build=_status,
        meaning="Count the users by flag, and show the last changes and what is under way.",
        examples=("status 44444", "status 44444 --group emea --group germany"),
    )
    yield Leaf(
        "pending",
        PendingCommand,
        _customer(optional=True),
        meaning="List the changes that wait, with links to their cards.",
        examples=("pending", "pending 44444"),
    )
    yield Leaf(
        "cancel",
        CancelCommand,
        _word("change_id", converters.change_id, "CHANGE"),
        meaning="Withdraw a change that is not executed yet.",
        examples=("cancel C-7K3MX",),
    )
    yield Leaf(
        "audit",
        AuditCommand,
        _word("which", converters.customer_or_change, "[CUSTOMER|CHANGE]", required=False),
        build=_audit,
        meaning="Show the last audit entries, or the whole story of one change.",
        examples=("audit 44444", "audit C-7K3MX"),
    )
    yield Leaf(
        "whoami",
        WhoAmICommand,
        _customer(optional=True),
        meaning="Show what you may do here, which row says so, and who can grant what is missing.",
        examples=("whoami", "whoami 44444"),
    )
    yield Leaf(
        "help",
        HelpCommand,
        _word("topic", converters.topic, "[COMMAND]", required=False),
        meaning="Explain a command.",
        examples=("help", "help failover", "help role grant"),
        last_takes_rest=True,
    )


def _group(name: str, *leaves: click.Command) -> click.Group:
    return click.Group(name, commands=list(leaves), add_help_option=False)


TREE = _group(
    "continuity",
    *_single_leaves(),
    *_many_leaves(),
    _group("user", *_user_leaves()),
    _group("role", *_role_leaves()),
    _group(
        "customer",
        Leaf(
            "name",
            NameCustomerCommand,
            _customer(),
            _word("name", converters.customer_name),
            meaning="Give a customer the name that is shown wherever its number is.",
            examples=("customer name 44444 Example & Sons",),
            last_takes_rest=True,
        ),
    ),
)


def leaves(group: click.Group = TREE, path: str = "") -> Iterator[tuple[str, Leaf]]:
    """Return every command with its whole name, as `role grant`, in the order of the tree."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from leaves(command, f"{path}{name} ")
        elif isinstance(command, Leaf):
            yield f"{path}{name}", command
