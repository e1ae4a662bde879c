from django.urls import path, re_path

from tasks import (
    board_views,
    comment_views,
    dashboard_views,
    list_views,
    project_views,
    share_views,
    task_views,
    team_views,
    trash_views,
    views,
)

urlpatterns = [
    path("dashboard/", dashboard_views.show_dashboard, name="dashboard"),
    path("panel/", views.show_panel, name="panel"),
    path("tasks/", list_views.show_tasks, name="tasks"),
    path("tasks/add/", list_views.add, name="task_add"),
    path("tasks/act/", list_views.act, name="tasks_act"),
    path("tasks/pulse/", list_views.pulse, name="pulse"),
    path("tasks/undo/<uuid:call>/", list_views.undo, name="undo"),
    path("tasks/<uuid:pk>/", task_views.show_task, name="task"),
    path("tasks/<uuid:pk>/edit/", list_views.edit, name="task_edit"),
    path("tasks/<uuid:pk>/comment/", comment_views.add, name="task_comment"),
    path("tasks/<uuid:pk>/share/", share_views.share, name="share"),
    path("shares/<uuid:pk>/end/", share_views.unshare, name="unshare"),
    path("comments/<uuid:pk>/", comment_views.change, name="comment"),
    path("tasks/<uuid:pk>/complete/", views.complete, name="task_complete"),
    path("tasks/<uuid:pk>/reopen/", views.reopen, name="task_reopen"),
    re_path(
        r"^tasks/(?P<ref>[A-Za-z][A-Za-z0-9]{0,9}-[0-9]{1,10})/$", task_views.find_by_ref, name="task_by_ref"
    ),
    path("projects/", project_views.show_projects, name="projects"),
    path("projects/<uuid:pk>/", list_views.show_project, name="project"),
    path("projects/<uuid:pk>/board/", board_views.show_board, name="board"),
    path("projects/<uuid:pk>/settings/", project_views.settings, name="project_settings"),
    path("projects/<uuid:pk>/act/", project_views.act, name="project_act"),
    re_path(r"^projects/(?P<key>[A-Za-z][A-Za-z0-9]{0,9})/$", list_views.find_by_key, name="project_by_key"),
    path("teams/", team_views.show_teams, name="teams"),
    path("teams/<uuid:pk>/", team_views.show_team, name="team"),
    path("teams/<uuid:pk>/act/", team_views.act, name="team_act"),
    re_path(r"^teams/join/(?P<token>[A-Za-z0-9_-]{10,60})/$", team_views.join, name="team_join"),
    path("teams/invitations/<uuid:pk>/", team_views.answer, name="invitation_answer"),
    path("trash/", trash_views.show_trash, name="trash"),
]
