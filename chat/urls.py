from django.urls import path, re_path, register_converter
from django.urls.converters import StringConverter

from chat import views
from chat.mcp import http, oauth


class TurnVerb(StringConverter):
    regex = "|".join(views.TURN_VERBS)


register_converter(TurnVerb, "turn_verb")

urlpatterns = [
    path("", views.home, name="home"),
    re_path(r"^mcp/?$", http.endpoint, name="mcp"),
    re_path(
        r"^\.well-known/oauth-protected-resource(?:/mcp)?/?$",
        oauth.resource_metadata,
        name="mcp-resource-metadata",
    ),
    re_path(
        r"^\.well-known/oauth-authorization-server/?$", oauth.server_metadata, name="oauth-server-metadata"
    ),
    re_path(r"^oauth/authorize/?$", oauth.authorize, name="oauth_authorize"),
    re_path(r"^oauth/token/?$", oauth.token, name="oauth_token"),
    re_path(r"^oauth/register/?$", oauth.register, name="oauth_register"),
    re_path(r"^oauth/revoke/?$", oauth.revoke, name="oauth_revoke"),
    path("new/", views.new, name="new"),
    path("conversations/", views.conversations, name="conversations"),
    path("c/<uuid:pk>/", views.conversation, name="conversation"),
    path("c/<uuid:pk>/talk/", views.talk, name="talk"),
    path("c/<uuid:pk>/rename/", views.rename, name="conversation_rename"),
    path("c/<uuid:pk>/share/", views.share, name="conversation_share"),
    path("c/<uuid:pk>/delete/", views.delete, name="conversation_delete"),
    path("c/<uuid:pk>/turns/<uuid:turn_pk>/", views.show_turn, name="turn"),
    path("c/<uuid:pk>/turns/<uuid:turn_pk>/<turn_verb:verb>/", views.act_on_turn, name="turn_act"),
]
