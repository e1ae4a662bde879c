"""Views that fail in each way, to see how the failure is answered."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import include, path
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.errors import Conflict, DomainError, Forbidden, Invalid, KeyReused, NotFound, Unavailable
from config import errors


class Busy(Conflict):
    code = "turn_running"


FAILURES: dict[str, Exception] = {
    "not-found": NotFound("No such task."),
    "forbidden": Forbidden("You may only view it."),
    "invalid": Invalid.field("title", "It is empty."),
    "conflict": Conflict("Somebody changed it."),
    "particular": Busy("An answer is being written."),
    "unnamed": DomainError("It cannot be done."),
    "key-reused": KeyReused("The key was used with another body."),
    "unavailable": Unavailable("Redis is down."),
    "http404": Http404("secret detail"),
    "denied": PermissionDenied("secret detail"),
    "database": OperationalError("secret detail"),
    "throttled": exceptions.Throttled(wait=7.2),
    "bug": ZeroDivisionError("secret detail"),
}


class Body(serializers.Serializer[Any]):
    title = serializers.CharField(max_length=5)
    labels = serializers.ListField(child=serializers.CharField(max_length=3), required=False)


class Api(APIView):
    authentication_classes: list[Any] = []
    permission_classes: list[Any] = []

    def get(self, request: Request, name: str) -> Response:
        raise FAILURES[name]

    def post(self, request: Request, name: str) -> Response:
        Body(data=request.data).is_valid(raise_exception=True)
        return Response({})


class Closed(APIView):
    def get(self, request: Request) -> Response:
        return Response({})


def plain(request: HttpRequest, name: str) -> HttpResponse:
    raise FAILURES[name]


async def plain_async(request: HttpRequest, name: str) -> HttpResponse:
    raise FAILURES[name]


urlpatterns = [
    path("accounts/", include("accounts.urls")),
    path("api/closed/", Closed.as_view()),
    path("api/drf/<name>/", Api.as_view()),
    path("api/plain/<name>/", plain),
    path("api/async/<name>/", plain_async),
    path("page/<name>/", plain),
]
handler403, handler404, handler500 = errors.permission_denied, errors.not_found, errors.server_error
