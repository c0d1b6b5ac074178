"""`surereply operator add|link|list`: links that sign in, and what is wrong told in a line."""

from support.commands import surereply


def test_an_operator_is_added_with_a_link_whose_token_no_server_is_sent(database_url: str) -> None:
    settings = {"DATABASE_URL": database_url, "PORT": "9999"}

    added = surereply("operator", "add", "Layla", "--role", "admin", settings=settings)
    again = surereply("operator", "add", "Layla", settings=settings)
    link = surereply("operator", "link", "Layla", "--url", "https://panel.example.com/", settings=settings)
    listed = surereply("operator", "list", settings=settings)

    assert added.code == 0
    assert added.out.startswith("http://127.0.0.1:9999/sign-in#")
    assert link.out.startswith("https://panel.example.com/sign-in#")
    assert added.out.split("#")[1] != link.out.split("#")[1]
    assert (again.code, again.out) == (2, "")
    assert "an operator of that name" in again.err
    assert "Layla" in listed.out
    assert "admin" in listed.out


def test_nobody_yet_is_told_with_the_command(database_url: str) -> None:
    settings = {"DATABASE_URL": database_url}

    assert "surereply operator add" in surereply("operator", "list", settings=settings).out
    assert surereply("operator", "link", "Nobody", settings=settings).err == "surereply: there is no such operator\n"
