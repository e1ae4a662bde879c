from django.urls import path

from tasks import views

urlpatterns = [
    path("panel/", views.show_panel, name="panel"),
    path("tasks/<uuid:pk>/complete/", views.complete, name="task_complete"),
    path("tasks/<uuid:pk>/reopen/", views.reopen, name="task_reopen"),
]
