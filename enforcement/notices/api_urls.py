from django.urls import path

from enforcement.notices import api

urlpatterns = [
    path("notices/", api.NoticeList.as_view(), name="notice-list"),
    path("notices/read/", api.NoticeReadAll.as_view(), name="notice-read-all"),
    path("notices/<int:pk>/", api.NoticeDetail.as_view(), name="notice-detail"),
    path("notices/<int:pk>/read/", api.NoticeRead.as_view(), name="notice-read"),
]
