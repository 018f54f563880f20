from django.urls import path

from enforcement.issues import views

app_name = "issues"
urlpatterns = [
    path("", views.ledger, name="list"),
    path("handoffs/", views.handoffs, name="handoffs"),
    path("handoffs/<int:pk>/", views.handoff, name="handoff"),
    path("<str:number>/", views.detail, name="detail"),
    path("<str:number>/evidence/", views.add_evidence, name="add_evidence"),
    path("<str:number>/actions/<slug:action>/", views.act, name="act"),
]
