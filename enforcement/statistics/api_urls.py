from django.urls import path

from enforcement.statistics import api

urlpatterns = [
    path("statistics/closure/", api.Closure.as_view(), name="statistics-closure"),
    path("statistics/closure/compare/", api.ClosureComparison.as_view(), name="statistics-closure-compare"),
    path("statistics/closure/rows/", api.ClosureRows.as_view(), name="statistics-closure-rows"),
]
