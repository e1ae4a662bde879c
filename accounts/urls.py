from django.urls import path

from accounts import views

urlpatterns = [
    path("login/", views.SignIn.as_view(), name="login"),
    path("logout/", views.SignOut.as_view(), name="logout"),
    path("password/", views.ChangePassword.as_view(), name="password_change"),
    path("password/done/", views.PasswordChanged.as_view(), name="password_change_done"),
    path("link/<str:uidb64>/<str:token>/", views.open_link, name="signin_link"),
]
