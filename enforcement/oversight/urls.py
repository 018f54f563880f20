from django.urls import path

from enforcement.oversight import views

app_name = "oversight"
urlpatterns = [
    path("interviews/", views.interviews, name="interviews"),
    path("interviews/new/", views.new_interview, name="new-interview"),
    path("interviews/<uuid:pk>/", views.interview, name="interview"),
    path("interviews/<uuid:pk>/files/", views.files, name="files"),
    path("interviews/<uuid:pk>/<slug:name>.<slug:kind>", views.paper, name="paper"),
    path("interviews/<uuid:pk>/<slug:action>/", views.act, name="act"),
    path("inspections/", views.specials, name="specials"),
    path("inspections/new/", views.new_special, name="new-special"),
    path("inspections/<uuid:pk>/", views.special, name="special"),
    path("inspections/<uuid:pk>/files/", views.special_files, name="special-files"),
    path("inspections/<uuid:pk>/<slug:name>.<slug:kind>", views.special_paper, name="special-paper"),
    path("inspections/<uuid:pk>/<slug:action>/", views.act_special, name="act-special"),
]
