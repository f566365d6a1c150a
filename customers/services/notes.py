"""Notes to colleagues with files, and who watches a customer."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from customers import access, telling
from customers.mentions import Person, mentioned
from customers.models import Attachment, Customer, Memo, Mention, Watch
from customers.services.facts import add_fact


@dataclass(frozen=True, kw_only=True, slots=True)
class Checked:
    """A file whose content is what its name says."""

    file: "UploadedFile[Any]"
    media_type: str


def write_note(
    customer: Customer, *, by: User, at: datetime, words: str, files: Sequence[Checked] = ()
) -> Memo:
    """Tell colleagues; whoever is named in it and sees the customer gets a notice, once.

    Where it cannot be recorded, no file of it is left.
    """
    if customer.archived_at:
        raise ValidationError(_("The customer is archived. Restore it first, then go on."))
    kept: list[str] = []
    try:
        with transaction.atomic():
            memo = add_fact(Memo(customer=customer, by=by, at=at, department=by.department, words=words))
            assert isinstance(memo, Memo)  # noqa: S101 - for the type checker
            for checked in files:
                _attach(memo, checked, kept)
            people = [
                Person(pk=user.pk, name=user.name, username=user.username)
                for user in access.who_sees(memo.customer)
            ]
            named = mentioned(words, people)
            Mention.objects.bulk_create(Mention(memo=memo, person_id=pk) for pk in named)
            telling.tell_mentioned(memo, [pk for pk in named if pk != by.pk])
            return memo
    except BaseException:
        for name in kept:
            default_storage.delete(name)
        raise


def _attach(memo: Memo, checked: Checked, kept: list[str]) -> None:
    """Kept under a name that says nothing and cannot be guessed, and noted in `kept`."""
    digest = sha256()
    for chunk in checked.file.chunks():
        digest.update(chunk)
    checked.file.seek(0)
    secret = sha256(secrets.token_bytes(32) + digest.digest()).hexdigest()
    kept.append(default_storage.save(f"attachments/{secret[:2]}/{secret}", checked.file))
    Attachment.objects.create(
        customer_id=memo.customer_id,
        memo=memo,
        file=kept[-1],
        name=(checked.file.name or "")[-200:],
        media_type=checked.media_type,
        size=checked.file.size or 0,
        digest=digest.hexdigest(),
        by=memo.by,
        at=memo.at,
    )


@transaction.atomic
def delete_attachment(attachment: Attachment, *, by: User, at: datetime) -> bool:
    """The file goes, the line stays. False when somebody was faster."""
    kept = str(attachment.file.name)
    still = Attachment.objects.kept().filter(pk=attachment.pk)
    if not still.update(deleted_at=at, deleted_by=by, file=""):
        return False
    transaction.on_commit(lambda: default_storage.delete(kept))
    return True


def watch(customer: Customer, *, by: User, at: datetime) -> None:
    """Be told what is new from now on. A second time changes nothing."""
    Watch.objects.get_or_create(person=by, customer=customer, defaults={"since": at, "told_until": at})


def unwatch(customer: Customer, *, by: User) -> None:
    Watch.objects.filter(person=by, customer=customer).delete()
