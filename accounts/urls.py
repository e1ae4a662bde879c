"""Where people sign in and out; names like account_login are those that django-allauth looks for."""

from django.urls import path, re_path
from django.views.generic import RedirectView

from accounts import views
from accounts.views import later

CODES, KEYS, OIDC = (
    "mfa.recovery_codes.views",
    "mfa.webauthn.views",
    "socialaccount.providers.openid_connect.views",
)
password = views.ChangePassword.as_view()
security = RedirectView.as_view(pattern_name="security")

urlpatterns = [
    path("login/", views.sign_in, name="login"),
    path("login/", views.sign_in, name="account_login"),
    path("logout/", views.sign_out, name="logout"),
    path("logout/", views.sign_out, name="account_logout"),
    path("signup/", later("account.views.signup"), name="account_signup"),
    path("inactive/", later("account.views.account_inactive"), name="account_inactive"),
    path("reauthenticate/", later("account.views.reauthenticate"), name="account_reauthenticate"),
    path("link/<str:uidb64>/<str:token>/", views.open_link, name="signin_link"),
    # The password
    path("password/", password, name="password_change"),
    path("password/", password, name="account_change_password"),
    path("password/", password, name="account_set_password"),
    path("password/done/", views.PasswordChanged.as_view(), name="password_change_done"),
    path("password/reset/", views.reset_password, name="account_reset_password"),
    path(
        "password/reset/done/", later("account.views.password_reset_done"), name="account_reset_password_done"
    ),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        later("account.views.password_reset_from_key"),
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/key/done/",
        later("account.views.password_reset_from_key_done"),
        name="account_reset_password_from_key_done",
    ),
    # E-mail
    path("email/", later("account.views.email"), name="account_email"),
    path(
        "confirm-email/",
        later("account.views.email_verification_sent"),
        name="account_email_verification_sent",
    ),
    re_path(
        r"^confirm-email/(?P<key>[-:\w]+)/$",
        later("account.views.confirm_email"),
        name="account_confirm_email",
    ),
    # The second factor
    path("2fa/", security, name="mfa_index"),
    path("2fa/webauthn/", security, name="mfa_list_webauthn"),
    path("2fa/authenticate/", later("mfa.base.views.authenticate"), name="mfa_authenticate"),
    path("2fa/reauthenticate/", later("mfa.base.views.reauthenticate"), name="mfa_reauthenticate"),
    path("2fa/totp/activate/", later("mfa.totp.views.activate_totp"), name="mfa_activate_totp"),
    path("2fa/totp/deactivate/", later("mfa.totp.views.deactivate_totp"), name="mfa_deactivate_totp"),
    path("2fa/recovery-codes/", later(f"{CODES}.view_recovery_codes"), name="mfa_view_recovery_codes"),
    path(
        "2fa/recovery-codes/generate/",
        later(f"{CODES}.generate_recovery_codes"),
        name="mfa_generate_recovery_codes",
    ),
    path(
        "2fa/recovery-codes/download/",
        later(f"{CODES}.download_recovery_codes"),
        name="mfa_download_recovery_codes",
    ),
    path("2fa/webauthn/add/", later(f"{KEYS}.add_webauthn"), name="mfa_add_webauthn"),
    path("2fa/webauthn/login/", later(f"{KEYS}.login_webauthn"), name="mfa_login_webauthn"),
    path(
        "2fa/webauthn/reauthenticate/",
        later(f"{KEYS}.reauthenticate_webauthn"),
        name="mfa_reauthenticate_webauthn",
    ),
    path("2fa/webauthn/<int:pk>/edit/", later(f"{KEYS}.edit_webauthn"), name="mfa_edit_webauthn"),
    path("2fa/webauthn/<int:pk>/remove/", later(f"{KEYS}.remove_webauthn"), name="mfa_remove_webauthn"),
    # OpenID Connect
    path("provider/", later("socialaccount.views.connections"), name="socialaccount_connections"),
    path(
        "provider/cancelled/",
        later("socialaccount.views.login_cancelled"),
        name="socialaccount_login_cancelled",
    ),
    path("provider/error/", later("socialaccount.views.login_error"), name="socialaccount_login_error"),
    path("provider/signup/", later("socialaccount.views.signup"), name="socialaccount_signup"),
    path("oidc/<str:provider_id>/login/", later(f"{OIDC}.login"), name="openid_connect_login"),
    path("oidc/<str:provider_id>/login/callback/", later(f"{OIDC}.callback"), name="openid_connect_callback"),
]
