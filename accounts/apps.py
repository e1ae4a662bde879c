from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from allauth.mfa.signals import authenticator_added

        from accounts.signin.proof import count_new_factor

        authenticator_added.connect(count_new_factor, dispatch_uid="accounts.signin.proof")
