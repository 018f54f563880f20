from django.urls import path

from enforcement.desk import views

app_name = "desk"
urlpatterns = [
    path("", views.workbench, name="workbench"),
    path("components/", views.components, name="components"),
    path("lists/<slug:name>/columns/", views.columns, name="columns"),
    path("healthz", views.healthz, name="healthz"),
]
