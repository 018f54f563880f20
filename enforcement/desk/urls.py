from django.urls import path

from enforcement.desk import views

app_name = "desk"
urlpatterns = [
    path("", views.workbench, name="workbench"),
    path("components/", views.components, name="components"),
    path("lists/<slug:name>/columns/", views.columns, name="columns"),
    path("lists/<slug:name>/views/", views.save_view, name="save_view"),
    path("views/<int:pk>/<slug:change>/", views.change_view, name="change_view"),
    path("healthz", views.healthz, name="healthz"),
]
