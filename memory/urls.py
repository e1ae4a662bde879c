from django.urls import path, register_converter
from django.urls.converters import StringConverter

from memory import views


class MemoryVerb(StringConverter):
    regex = "|".join(views.VERBS)


register_converter(MemoryVerb, "memory_verb")

urlpatterns = [
    path("", views.memory, name="memory"),
    path("new/", views.new, name="memory-new"),
    path("<uuid:pk>/", views.item, name="memory-item"),
    path("<uuid:pk>/<memory_verb:verb>/", views.act, name="memory-act"),
]
