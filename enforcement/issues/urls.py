from django.urls import path

from enforcement.issues import views

app_name = "issues"
urlpatterns = [
    path("", views.ledger, name="list"),
    path("several/", views.several, name="several"),
    path("board/", views.board, name="board"),
    path("calendar/", views.calendar, name="calendar"),
    path("map/", views.places, name="map"),
    path("handoffs/", views.handoffs, name="handoffs"),
    path("handoffs/<int:pk>/", views.handoff, name="handoff"),
    path("look-backs/", views.look_backs, name="look_backs"),
    path("look-backs/<int:pk>/", views.look_back_draw, name="look_back_draw"),
    path("<str:number>/", views.detail, name="detail"),
    path("<str:number>/evidence/", views.add_evidence, name="add_evidence"),
    path("<str:number>/actions/<slug:action>/", views.act, name="act"),
    path("<str:number>/escalations/<int:pk>/letter.<slug:kind>", views.urging_letter, name="urging"),
]
