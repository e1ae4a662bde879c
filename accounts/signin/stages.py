"""The steps between a right password and being signed in, where they differ from django-allauth's."""

from __future__ import annotations

from typing import Any

from allauth.account.stages import EmailVerificationStage


class VerifyAddress(EmailVerificationStage):
    """Who has no address at all is not asked for one: mail may have been set up after they came."""

    def handle(self) -> tuple[Any, bool]:
        user = self.login.user
        if (
            user is not None
            and not self.login.signup
            and not user.email
            and not user.emailaddress_set.exists()
        ):
            return None, True
        found: tuple[Any, bool] = super().handle()
        return found
