"""A file of users: what each line tells, what is wrong with it, and what cannot be read at all."""

from __future__ import annotations

import csv
import json
from collections.abc import Collection, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.limits import MAX_FILE_ROWS, MAX_PARSED_BYTES
from bot.domain.mail_user import FIELDS, Field, Value, check_field
from bot.domain.user_files import upload
from bot.domain.user_files.user_file import (
    LineError,
    ParsedRows,
    csv_lines,
    error_lines,
    read_users,
)
from bot.errors import InvalidInput

READ_ONLY = ("domain", "activation", "access", "failover", "customer")


def read(text: str, name: str = "users.csv", known: Collection[str] = ()) -> ParsedRows:
    """Read a file of users of whom the API knows none; ``known`` are groups that others are in."""
    return read_users(text.encode(), name).verified({}, known)[0]


def told(parsed: ParsedRows) -> list[tuple[int, str, dict[str, Value]]]:
    assert parsed.errors == ()
    return [(row.line, row.address, dict(row.fields)) for row in parsed.rows]


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_csv_is_read_as_the_usual_programs_write_it(mark: str, separator: str, end: str) -> None:
    lines = [
        ["user", "displayName", "surName", "failoverGroups", ""],
        ["jo@example.com", '"Li, ""Jo""; Dr"', "", "emea|germany", ""],
        ["", "", "", "", ""],
        ["Kim@example.com", "", " Wu ", "", ""],
    ]
    text = mark + "".join(separator.join(line) + end for line in lines)
    assert told(read(text)) == [
        (2, "jo@example.com", {"displayName": 'Li, "Jo"; Dr', "failoverGroups": ("emea", "germany")}),
        (4, "Kim@example.com", {"surName": "Wu"}),
    ]  # fmt: skip


@pytest.mark.parametrize("title", ["user", "Address", "E-Mail", " mail ", "EMAIL"])
@pytest.mark.parametrize("field", ["displayName", "display name", "Display_Name", "DISPLAYNAME"])
def test_a_column_is_known_in_any_case_and_plain_spelling(title: str, field: str) -> None:
    assert told(read(f"{title},{field}\njo@e.de,Jo\n")) == [(2, "jo@e.de", {"displayName": "Jo"})]


@pytest.mark.parametrize("field", FIELDS.values(), ids=lambda field: field.name)
def test_the_name_for_people_is_a_column_too(field: Field) -> None:
    (row,) = read(f"user,{field.label}\njo@e.de,de_DE\n").rows
    assert list(row.fields) == [field.name]


def test_what_an_export_holds_beyond_the_editable_fields_is_ignored_and_named() -> None:
    parsed = read("customer,user,surName,failover\n99999,jo@e.de,Li,yes please\n")
    assert told(parsed) == [(2, "jo@e.de", {"surName": "Li"})]
    assert parsed.ignored == ("customer", "failover")


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("user,displayNam", "There is no column “displayNam”. Did you mean displayName?"),
        ("user,zzz", "There is no column “zzz”. There are user, displayName"),
        ("user,display\u200bName", "no column “display\ufffdName”. Did you mean displayName?"),
        ("user,Fail Over", "An import cannot change “Fail Over”"),
        ("user,surName,last name", "The columns “surName” and “last name” mean the same"),
        ("user,email,User", "The columns “user” and “User” mean the same"),
        ("user,,surName", "There is no column “”"),
        ("displayName", "has no column “user”"),
    ],
)
def test_a_header_that_cannot_be_meant_refuses_the_file(header: str, words: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        read(f"{header}\njo@e.de,x,y\n")
    assert words in str(refusal.value)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "has no column “user”"),
        (b"\n \r\n", "has no column “user”"),
        (b"Dear all,\nplease find attached\n", "There is no column “Dear all”"),
        (b"user,surName\n", "“users.csv” names no user."),
        (b"user,surName\n,\n", "“users.csv” names no user."),
        (b"[]", "“users.csv” names no user."),
        (b"user,domain\njo@e.de,e.de\n", "nothing to change of them"),
        (b'[{"user": "jo@e.de", "surName": null}]', "nothing to change of them"),
        ("user,surName\njo@e.de,Müller\n".encode("utf-16-le"), "UTF-16 without its mark"),
        ("user,surName\njo@e.de,Müller\n".encode("utf-16")[:-1], "damaged UTF-16"),
        ("user,surName\njo@e.de,x\0\n".encode("utf-16"), "no text that can be read"),
        ("user,surName\njo@e.de,Müller\n".encode("utf-32"), "no text that can be read"),
        ("user,surName\njo@e.de,Müller\n".encode("latin-1"), "line 2 shows"),
        (b"user,surName\njo@e.de,x\0\n", "no text at all"),
        (b"PK\x03\x04rest", "a workbook"),
        (b"\xd0\xcf\x11\xe0rest", "a workbook"),
        (b'user,surName\njo@e.de,"Li\nkim@e.de,Wu\n', "Line 2 cannot be read as CSV"),
        (b"{", "cannot be read as JSON. Line 1:"),
        (b"[" * 200_000, "cannot be read as JSON."),
        (b"[" + b"9" * 5000 + b"]", "cannot be read as JSON."),
        (b'{"user": "jo@e.de"}', "holds no list of users"),
        (b'{"users": {}}', "holds no list of users"),
    ],
)
def test_a_file_that_is_no_list_of_users_is_refused_with_the_reason(
    data: bytes, words: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        read_users(data, "users.csv")
    assert words in str(refusal.value)


@pytest.mark.parametrize("encoding", ["utf-16-be", "latin-1"])
def test_the_refusal_of_an_encoding_says_how_to_save_the_file(encoding: str) -> None:
    with pytest.raises(InvalidInput, match="Save it as UTF-8: in Excel as “CSV UTF-8”"):
        read_users("user,surName\njo@e.de,Müller\n".encode(encoding), "users.csv")


def test_every_wrong_cell_is_told_by_line_and_by_the_files_own_column() -> None:
    parsed = read(
        "E-Mail,Language,surName\n"
        "jo@e.de,english,Li\x07\n"
        "kim@e.de,de_DE,Wu\n"
        "no address,,Wu\n"
        ",,Wu\n"
        "short@e.de,de_DE\n"
        "long@e.de,de_DE,Wu,x\n"
        "fine@e.de,de_DE,Wu,,\n"
    )
    assert [row.line for row in parsed.rows] == [3, 8]
    assert [(error.line, error.column) for error in parsed.errors] == [
        *((2, "Language"), (2, "surName"), (4, "E-Mail"), (5, "E-Mail"), (6, ""), (7, "")),
    ]
    sentences = [error.sentence for error in parsed.errors]
    assert "is not a language" in sentences[0]
    assert "U+0007" in sentences[1]
    assert "is not an address" in sentences[2]
    assert sentences[3] == "The address is missing."
    assert "This line has 2 cells where 3 are expected." in sentences[4]
    assert "This line has 4 cells where 3 are expected." in sentences[5]


def test_an_address_in_two_lines_is_wrong_in_both_even_where_one_is_wrong_otherwise() -> None:
    parsed = read(
        "user,language\nJo@e.de,wrong\nkim@e.de,de_DE\njo@e.de,de_DE\nKIM@e.de,de_DE\njO@e.de,\n"
    )
    assert parsed.rows == ()
    assert [(e.line, e.sentence) for e in parsed.errors if e.column == "user"] == [
        (2, "jo@e.de is in lines 2 and 4. Keep one of them."),
        (3, "KIM@e.de is in lines 3 and 5. Keep one of them."),
        (4, "jo@e.de is in lines 2 and 4. Keep one of them."),
        (5, "KIM@e.de is in lines 3 and 5. Keep one of them."),
        (6, "jO@e.de is in lines 2 and 6. Keep one of them."),
    ]


@pytest.mark.parametrize("wrap", ["%s", '\ufeff {"id": "1", "users": %s}'])
def test_json_is_read_bare_or_as_users(wrap: str) -> None:
    users = [
        {"user": "jo@e.de", "displayName": "Jo", "failoverGroups": ["a|b", "c"], "access": True},
        {"email": "kim@e.de", "failoverGroups": [], "surName": None, "shoe\nsize": 43},
    ]
    parsed = read(wrap % json.dumps(users), "users.json", known=["a|b"])
    assert told(parsed) == [
        (1, "jo@e.de", {"displayName": "Jo", "failoverGroups": ("a|b", "c")}),
        (2, "kim@e.de", {"failoverGroups": ()}),
    ]
    assert parsed.ignored == ("access", "shoe\ufffdsize")


def test_a_wrong_entry_of_json_is_told_by_its_number() -> None:
    users: list[object] = [
        {"user": "jo@e.de", "displayName": ""},
        "jo@e.de",
        {"user": 5, "language": 7},
        {"displayName": "Jo"},
        {"user": "jo\ud83d@e.de", "surName": "Li"},
        {"user": "JO@e.de"},
        {"user": "kim@e.de", "surName": "Li", "last_name": "Wu"},
    ]
    parsed = read(json.dumps(users))
    assert parsed.rows == ()
    assert [(e.line, e.column, e.sentence) for e in parsed.errors[:6]] == [
        (1, "user", "JO@e.de is in entries 1 and 6. Keep one of them."),
        (1, "displayName", "The display name cannot be empty."),
        (2, "", "This entry is not a user object."),
        (3, "user", "The address has to be text."),
        (3, "language", "The language has to be text."),
        (4, "user", "The address is missing."),
    ]
    assert [(e.line, e.column, e.sentence[:40]) for e in parsed.errors[6:]] == [
        (5, "user", "“jo?@e.de” is not an address that can be"),
        (6, "user", "JO@e.de is in entries 1 and 6. Keep one "),
        (7, "", "“last_name” tells surName a second time."),
    ]
    assert "\ud83d" not in "".join(error.sentence for error in parsed.errors)


@pytest.mark.no_cover  # coverage would double its seconds
@pytest.mark.parametrize("shape", ["csv", "json"])
def test_a_file_is_taken_up_to_its_limits_and_no_further(shape: str) -> None:
    def file(count: int) -> bytes:
        addresses = [f"u{at}@e.de" for at in range(count)]
        if shape == "csv":
            return ("user,surName\n" + "".join(f"{each},Li\n" for each in addresses)).encode()
        return json.dumps([{"user": each, "surName": "Li"} for each in addresses]).encode()

    assert len(read_users(file(MAX_FILE_ROWS), "users").rows) == 100_000
    with pytest.raises(InvalidInput, match="“users” has more than 100,000 users"):
        read_users(file(MAX_FILE_ROWS + 1), "users")


@pytest.mark.parametrize(
    "text",
    [
        '{"x": [%s{}], "users": [{"user": "jo@e.de", "surName": "Li"}]}' % ("{}," * 201_000),
        '{"x": [%s0], "users": [{"user": "jo@e.de", "surName": "Li"}]}' % ("0," * 4_100_000),
        "user,surName\njo@e.de,Li\n" + "\r\n" * 1_100_000,
    ],
    ids=["objects", "values", "lines"],
)
def test_a_file_that_would_take_memory_or_time_without_naming_users_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="more than 100,000 users"):
        read(text)


def test_a_file_larger_than_the_limit_is_not_even_decoded() -> None:
    data = b"x" * MAX_PARSED_BYTES
    assert len(upload.decode(data, "users.csv")) == 50 * 1024 * 1024
    with pytest.raises(InvalidInput, match="larger than 50 MB"):
        read_users(data + b"\xff", "users.csv")


def test_the_name_of_the_file_cannot_disguise_the_sentence() -> None:
    with pytest.raises(InvalidInput) as refusal:
        read_users(b"[]", "\u202evsc.sresu" + "x" * 100)
    assert str(refusal.value) == f"“\ufffdvsc.sresu{'x' * 47}…” names no user."


def valid(name: str) -> st.SearchStrategy[Value]:
    text = st.text(
        st.sampled_from("=+-@'\"|;, aé😀") | st.characters(codec="utf-8"), min_size=1, max_size=12
    )

    def accepted(value: object) -> bool:
        try:
            return check_field(name, value) == value
        except InvalidInput:
            return False

    if name == "language":
        return st.from_regex("[a-z]{2}_[A-Z]{2}", fullmatch=True)
    if name == "failoverGroups":
        groups = st.lists(text.map(lambda group: f"a{group}"), min_size=1, max_size=3).map(tuple)
        return groups.filter(accepted)
    return text.filter(accepted)


USERS = st.lists(
    st.fixed_dictionaries({}, optional={name: valid(name) for name in FIELDS}),
    min_size=1,
    max_size=5,
).filter(any)


@given(USERS, st.sampled_from(["jo", "=jo", "+jo", "'jo", "'=jo"]))
def test_an_export_can_be_imported_again_unchanged(
    users: list[Mapping[str, Value]], local: str
) -> None:
    addresses = [f"{local}{at}@example.com" for at in range(len(users))]
    whole = [
        {**user, "user": address, "access": True, "customer": "44444"}
        for user, address in zip(users, addresses, strict=True)
    ]
    parsed = read("\ufeff" + "".join(csv_lines(whole)))
    assert told(parsed) == [
        (at, address, user)
        for at, (address, user) in enumerate(zip(addresses, users, strict=True), 2)
    ]
    assert parsed.ignored == READ_ONLY


@given(
    st.binary() | st.text().map(str.encode) | st.text().map(lambda t: f"user,surName\n{t}".encode())
)
def test_whatever_is_uploaded_is_read_or_refused_in_a_sentence_that_can_be_written(
    data: bytes,
) -> None:
    try:
        said = "".join(error_lines(read_users(data, "users.csv").errors))
    except InvalidInput as refusal:
        said = str(refusal)
    assert said.encode()


def test_the_error_file_is_a_table_that_cannot_run() -> None:
    lines = list(error_lines([LineError(7, "=cmd", 'Says "no", it does.')]))
    assert list(csv.reader(lines)) == [
        ["line", "column", "problem"],
        ["7", "'=cmd", 'Says "no", it does.'],
    ]


def test_personal_data_stays_out_of_what_a_log_would_show() -> None:
    assert "Li" not in repr(read("user,surName\njo@e.de,Li\n"))
