"""Operators: made, given a role, signed in and out, removed; each act on record under who did it."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from surereply.admin.passwords import hash_password, is_password
from surereply.admin.refused import Refused
from surereply.domain.identity import UNKNOWN_LINE_BUCKET, new_id
from surereply.domain.operators import LONGEST_PASSWORD, SHORTEST_PASSWORD, Role, shown_name
from surereply.store import operators
from surereply.store.acts import note_act
from surereply.store.database import Database, Tx
from surereply.store.operators import SignIn

SIGNED_IN_FOR = timedelta(days=7)
UNUSED_FOR = timedelta(hours=24)
LINK_FOR = timedelta(hours=24)
NOTE_SEEN_EVERY = timedelta(minutes=1)
LONGEST_BROWSER = 200

NO_OPERATOR = Refused("no_operator", "there is no such operator")
LAST_ADMIN = Refused("last_admin", "this is the last admin: make another one first")
WRONG = Refused("wrong", "the name or the password is wrong")
USED = Refused("link_used", "this link was used, or is too old; ask for a new one")


@dataclass(frozen=True, slots=True, repr=False)
class Token:
    """What a browser or a link holds; it has no repr, and is never kept: only its SHA-256 is."""

    text: str

    @property
    def digest(self) -> bytes:
        return hashlib.sha256(self.text.encode("utf-8", "surrogatepass")).digest()


def new_token() -> Token:
    return Token(secrets.token_urlsafe(32))


def link_for(url: str, link: Token) -> str:
    """The token stands behind `#`, which browsers send to nobody: no log on the way holds it."""
    return f"{url}/sign-in#{link.text}"


async def add_operator(db: Database, name: str, role: Role, by: str, now: datetime) -> Token | Refused:
    """A new operator, with a link that signs them in once."""
    name = shown_name(name)
    if not name:
        return Refused("no_name", "an operator needs a name: it stands beside everything they do")
    operator_id = new_id(now)
    async with db.transaction() as tx:
        if not await operators.insert(tx, operator_id, name, role.value, by, now):
            return Refused("name_taken", "there is or was an operator of that name; choose another one")
        await _note(tx, "add_operator", by, now, operator_id, name=name, role=role.value)
        return await _put_link(tx, operator_id, now)


async def make_link(
    db: Database, by: str, now: datetime, *, name: str | None = None, operator_id: UUID | None = None
) -> Token | Refused:
    """One more link for an operator who has forgotten the password, or never had one."""
    async with db.transaction() as tx:
        row = await operators.find(tx, name=name, operator_id=operator_id)
        if row is None:
            return NO_OPERATOR
        await _note(tx, "make_link", by, now, row["id"], name=row["name"])
        return await _put_link(tx, row["id"], now)


async def sign_in_with_password(db: Database, name: str, password: str, browser: str, now: datetime) -> Token | Refused:
    async with db.transaction() as tx:
        row = await operators.find(tx, name=shown_name(name))
    # Slow on purpose, and between transactions.
    fits = await is_password(row["password_hash"] if row else None, password[:LONGEST_PASSWORD])
    if row is None or not fits:
        return WRONG
    async with db.transaction() as tx:
        return await _begin(tx, row["id"], browser, now)


async def sign_in_with_link(db: Database, link: Token, browser: str, now: datetime) -> Token | Refused:
    async with db.transaction() as tx:
        operator_id = await operators.use_link(tx, link.digest, now)
        return USED if operator_id is None else await _begin(tx, operator_id, browser, now)


async def signed_in(db: Database, token: Token, now: datetime) -> SignIn | None:
    """Who that is. None once it has lasted long enough, or was not used for a day."""
    async with db.connection() as tx:
        found = await operators.signed_in(tx, token.digest)
        if found is None or now - found.signed_in_at >= SIGNED_IN_FOR or now - found.seen_at >= UNUSED_FOR:
            return None
        if now - found.seen_at >= NOTE_SEEN_EVERY:
            await operators.note_seen(tx, token.digest, now)
    return found


async def sign_out(db: Database, token: Token, who: SignIn, now: datetime) -> None:
    async with db.transaction() as tx:
        await operators.end(tx, token.digest)
        await _note(tx, "sign_out", who.name, now, who.operator_id)


async def sign_out_everywhere(db: Database, operator_id: UUID, by: str, now: datetime) -> Refused | None:
    async with db.transaction() as tx:
        row = await operators.find(tx, operator_id=operator_id)
        if row is None:
            return NO_OPERATOR
        browsers = await operators.end_all(tx, operator_id)
        await _note(tx, "sign_out_everywhere", by, now, operator_id, name=row["name"], browsers=browsers)
    return None


async def set_password(db: Database, who: SignIn, password: str, now: datetime) -> Refused | None:
    """One's own. Whoever is signed in with the old one stays so: log out everywhere is an act of its own."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        return Refused("password_length", f"a password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters")
    hashed = await hash_password(password)
    async with db.transaction() as tx:
        await operators.set_password(tx, who.operator_id, hashed)
        await _note(tx, "set_password", who.name, now, who.operator_id)
    return None


async def set_role(db: Database, operator_id: UUID, role: Role, by: str, now: datetime) -> Refused | None:
    async with db.transaction() as tx:
        admins = await operators.lock_admins(tx)
        row = await operators.find(tx, operator_id=operator_id)
        if row is None:
            return NO_OPERATOR
        if role is not Role.ADMIN and admins == [operator_id]:
            return LAST_ADMIN
        await operators.set_role(tx, operator_id, role.value)
        await _note(tx, "set_role", by, now, operator_id, name=row["name"], old=row["role"], new=role.value)
    return None


async def remove_operator(db: Database, operator_id: UUID, by: str, now: datetime) -> Refused | None:
    async with db.transaction() as tx:
        admins = await operators.lock_admins(tx)
        row = await operators.find(tx, operator_id=operator_id)
        if row is None:
            return NO_OPERATOR
        if admins == [operator_id]:
            return LAST_ADMIN
        await operators.remove(tx, operator_id, now)
        await _note(tx, "remove_operator", by, now, operator_id, name=row["name"])
    return None


async def _begin(tx: Tx, operator_id: UUID, browser: str, now: datetime) -> Token | Refused:
    row = await operators.find(tx, operator_id=operator_id)
    if row is None:
        return WRONG
    await operators.end_old(tx, now - SIGNED_IN_FOR, now - UNUSED_FOR, now)
    token = new_token()
    await operators.begin(tx, token.digest, operator_id, browser[:LONGEST_BROWSER], now)
    await _note(tx, "sign_in", row["name"], now, operator_id)
    return token


async def _put_link(tx: Tx, operator_id: UUID, now: datetime) -> Token:
    link = new_token()
    await operators.put_link(tx, link.digest, operator_id, now + LINK_FOR)
    return link


async def _note(tx: Tx, act: str, by: str, now: datetime, operator_id: UUID, **detail: object) -> None:
    whom = {"operator_id": str(operator_id), **detail}
    await note_act(tx, UNKNOWN_LINE_BUCKET, new_id(now), act, by, now, detail=whom)
