"""Subjects that arrive as they were written.

Python's own policies fold a long subject between two encoded words without the blank that RFC 2047 asks for, or double
the blank at the fold (CPython 3.13.0): mail programs then show "=?utf-8?q?". The older email.header folds right.
"""

import email.policy
from email.header import Header

from django.core.mail import EmailMultiAlternatives


class Folding(email.policy.EmailPolicy):
    def fold_binary(self, name, value):
        if name.lower() != "subject" or str(value).isascii():
            return super().fold_binary(name, value)
        folded = Header(str(value), "utf-8", header_name=name).encode(linesep=self.linesep)
        return f"{name}: {folded}{self.linesep}".encode("ascii")


class Message(EmailMultiAlternatives):
    def message(self, *, policy=email.policy.default):
        return super().message(policy=Folding(linesep=policy.linesep))
