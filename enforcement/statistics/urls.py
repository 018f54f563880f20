from django.urls import path

from enforcement.statistics import views

app_name = "statistics"
urlpatterns = [
    path("", views.closure, name="closure"),
    path("compare/", views.compare, name="compare"),
    path("rows/", views.rows, name="rows"),
    path("export.csv", views.export_csv, name="export_csv"),
    path("export.xlsx", views.export_xlsx, name="export_xlsx"),
]
