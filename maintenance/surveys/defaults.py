"""The survey that ships: satisfaction and ideas for improvement, as the playbook of important customers promises."""

from django.db import transaction

from maintenance.models import Question, Survey

QUARTERLY = "quarterly"
SATISFACTION, NPS, WORDS = Question.Kind
QUESTIONS = (
    (SATISFACTION, True, "How satisfied are you with the quality of our products?", "您对我们的产品质量满意吗？"),
    (SATISFACTION, True, "How satisfied are you with delivery?", "您对我们的交货满意吗？"),
    (SATISFACTION, True, "How satisfied are you with how fast we answer?", "您对我们的响应速度满意吗？"),
    (SATISFACTION, False, "How satisfied are you with our technical support?", "您对我们的技术支持满意吗？"),
    (NPS, True, "How likely are you to recommend us to a business partner?", "您有多大可能向业务伙伴推荐我们？"),
    (WORDS, False, "What should we do better?", "您认为我们哪些方面可以做得更好？"),
    (WORDS, False, "What are you planning that we could help with?", "您近期有哪些计划，需要我们支持？"),
)  # fmt: skip


def ensure(**_signal: object) -> None:
    """After every migrate; what people changed since stays."""
    with transaction.atomic():
        survey, is_new = Survey.objects.get_or_create(
            key=QUARTERLY,
            defaults={
                "title_en": "Quarterly satisfaction",
                "title_zh": "季度满意度调查",
                "intro_en": "A few questions, two minutes. Your answers go to the people who look after you.",
                "intro_zh": "几个问题，大约两分钟。您的回答会直接交给为您服务的团队。",
            },
        )
        if is_new:
            Survey.objects.filter(pk=survey.pk).update(sends_itself=True)
            Question.objects.bulk_create(
                Question(
                    survey=survey, kind=kind, is_required=must, title_en=en, title_zh=zh, position=position
                )
                for position, (kind, must, en, zh) in enumerate(QUESTIONS, start=1)
            )
