from django.urls import path

from enforcement.timeline import views

app_name = "timeline"
urlpatterns = [
    path("<uuid:pk>/", views.download, name="download"),
    path("<uuid:pk>/thumbnail/", views.thumbnail, name="thumbnail"),
]
