"""The subjects of AccessPolicies: whom they mean, and a user that is one of them and nothing else."""

from __future__ import annotations

from collections.abc import Callable

from kubegate.api.user import User, service_account_name, split_service_account
from kubegate.authz.access.model import Subject
from kubegate.authz.access.patterns import glob


def matcher(subject: Subject) -> Callable[[User], bool]:
    """Is a user the subject, or in the group?"""
    name, namespace = glob(subject.name), glob(subject.namespace)
    if subject.kind == "Group":
        return lambda user: any(name.fullmatch(group) for group in user.groups)
    if subject.kind == "User":
        return lambda user: name.fullmatch(user.name) is not None

    def is_account(user: User) -> bool:
        account = split_service_account(user.name)
        return account is not None and bool(namespace.fullmatch(account[0]) and name.fullmatch(account[1]))

    return is_account


def as_user(subject: Subject) -> User:
    """A user that is the subject, and nothing else."""
    if subject.kind == "Group":
        return User("", groups=(subject.name,))
    if subject.kind == "ServiceAccount":
        return User(service_account_name(subject.namespace, subject.name))
    return User(subject.name)
