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
]
