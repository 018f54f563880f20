from django.urls import path

from enforcement.issues import views

app_name = "issues"
urlpatterns = [
    path("", views.ledger, name="list"),
    path("several/", views.several, name="several"),
    path("board/", views.board, name="board"),
    path("calendar/", views.calendar, name="calendar"),
    path("map/", views.places, name="map"),
    path("handoffs/", views.handoffs, name="handoffs"),
    path("handoffs/send/", views.send_letters, name="send_letters"),
    path("handoffs/letter/", views.letter_template, name="letter_template"),
    path("handoffs/<int:pk>/receipt/", views.receive_letter, name="receive_letter"),
    path("handoffs/<int:pk>/letters/<int:bureau>.<slug:kind>", views.letter, name="letter"),
    path("handoffs/<int:pk>/", views.handoff, name="handoff"),
    path("exports/", views.exports, name="exports"),
    path("exports/<uuid:pk>/progress/", views.export_progress, name="export_progress"),
    path("exports/<uuid:pk>/stop/", views.export_stop, name="export_stop"),
    path("exports/<uuid:pk>/file/", views.export_file, name="export_file"),
    path("ledgers/", views.ledgers, name="ledgers"),
    path("ledgers/<uuid:pk>/", views.ledger_file, name="ledger_file"),
    path("ledgers/<uuid:pk>/progress/", views.ledger_progress, name="ledger_progress"),
    path("ledgers/<uuid:pk>/stop/", views.ledger_stop, name="ledger_stop"),
    path("look-backs/", views.look_backs, name="look_backs"),
    path("look-backs/<int:pk>/", views.look_back_draw, name="look_back_draw"),
    path("merge-offers/<int:pk>/", views.merge_offer, name="merge_offer"),
    path("merge-offers/<int:pk>/<slug:action>/", views.answer_merge_offer, name="answer_merge_offer"),
    path("<str:number>/", views.detail, name="detail"),
    path("<str:number>/evidence/", views.add_evidence, name="add_evidence"),
    path("<str:number>/actions/<slug:action>/", views.act, name="act"),
    path("<str:number>/links/<slug:action>/", views.link, name="link"),
    path("<str:number>/escalations/<int:pk>/letter.<slug:kind>", views.urging_letter, name="urging"),
]
