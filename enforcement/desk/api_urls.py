from django.urls import path

from enforcement.desk import api

urlpatterns = [
    path("views/", api.SavedViewList.as_view(), name="view-list"),
    path("views/<int:pk>/<slug:change>/", api.SavedViewChange.as_view(), name="view-change"),
]
