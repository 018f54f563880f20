"""Settings every environment shares. What differs comes from the environment; nothing secret stands here."""

from pathlib import Path

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _
from environs import Env

env = Env()
ROOT = Path(__file__).resolve().parents[2]
VAR = Path(env.str("LIANKONG_VAR", str(ROOT / "var")))

DEBUG = False
DEMO = env.bool("LIANKONG_DEMO", False)
SECRET_KEY = env.str("SECRET_KEY", "")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
HOME_PROVINCE = env.str("HOME_PROVINCE", "140000")
ISSUE_NUMBER_PREFIX = env.str("ISSUE_NUMBER_PREFIX", "SX")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.admin.apps.SimpleAdminConfig",
    "django.contrib.humanize",
    "pgtrigger",
    "pghistory",
    "rest_framework",
    "knox",
    "django_filters",
    "drf_spectacular",
    "django_htmx",
    "leaflet",
    "csp",
    "regions",
    "enforcement.timeline",
    "enforcement.issues",
    "enforcement.findings",
    "enforcement.patrols",
    "enforcement.inspections",
    "enforcement.oversight",
    "enforcement.crossregion",
    "enforcement.notices",
    "enforcement.statistics",
    "enforcement.desk",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "enforcement.desk.statics.StaticFiles",
    "enforcement.desk.squeezing.Squeezed",
    "regions.guarding.OnePolicy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "regions.history.OfficeHistory",
    "regions.gatekeeper.GatekeeperMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
ASGI_APPLICATION = "config.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "enforcement.desk.context.frame",
            ],
            "builtins": ["regions.templatetags.office"],
        },
    },
]

DATABASES = {"default": env.dj_db_url("DATABASE_URL", "postgresql://liankong_app@/liankong")}
DATABASES["default"].update(
    CONN_MAX_AGE=env.int("CONN_MAX_AGE", 600),
    CONN_HEALTH_CHECKS=True,
    # Any statement an outsider can cause ends; workers and migrations set their own limit.
)
DATABASES["default"].setdefault("OPTIONS", {}).setdefault(
    "options",
    f"-c statement_timeout={env.int('STATEMENT_TIMEOUT_MS', 30000)} -c timezone=UTC"
    # Only what `regions.statements` asks is prepared: texts whose plan doesn't hang on their values.
    " -c plan_cache_mode=force_generic_plan",
)
DATABASES["default"]["OPTIONS"].setdefault("prepare_threshold", 0)
# A host that swallows packets must not hold a request, or the health check, for minutes.
DATABASES["default"]["OPTIONS"].setdefault("connect_timeout", env.int("CONNECT_TIMEOUT_S", 5))
# What an officer asks of the API is counted here: by each process for itself unless CACHE_URL names a cache they share.
# Attempts to sign in are counted in the database, by all together.
CACHES = {"default": env.dj_cache_url("CACHE_URL", "locmem://")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "regions.Officer"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "desk:workbench"
LOGOUT_REDIRECT_URL = "login"
SESSION_ENGINE = "regions.recognition"
AUTHENTICATION_BACKENDS = ["regions.recognition.OfficerBackend"]
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("中文")), ("en", _("English"))]
LOCALE_PATHS = [ROOT / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

STATIC_URL = "static/"
STATIC_ROOT = env.str("STATIC_ROOT", str(VAR / "static"))
WHITENOISE_USE_FINDERS = True
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": VAR / "files"}},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    # Attachments and readings, keyed by the SHA-256 of their bytes.
    "evidence": {
        "BACKEND": "enforcement.timeline.evidence.EvidenceStorage",
        "OPTIONS": {"location": VAR / "evidence"},
    },
    # Exported lists, kept for some days.
    "exports": {
        "BACKEND": "enforcement.timeline.evidence.EvidenceStorage",
        "OPTIONS": {"location": VAR / "exports"},
    },
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "object-src": [NONE],
        "frame-ancestors": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
    }
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "regions.api.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["regions.gatekeeper.DeclaredPolicy"],
    "DEFAULT_RENDERER_CLASSES": ["regions.api.rendering.JSONAnswer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "regions.api.schema.Operation",
    "EXCEPTION_HANDLER": "regions.problems.problem_response",
    "DEFAULT_THROTTLE_CLASSES": ["regions.api.throttling.Steady"],
    # Of `X-Forwarded-For` only what so many proxies of one's own wrote is believed: the rest is the caller's word.
    "NUM_PROXIES": env.int("PROXIES", 0),
    "DEFAULT_THROTTLE_RATES": {
        "user": env.str("API_RATE", "6000/min"),
        "token": env.str("TOKEN_RATE", "20/min"),
    },
    "COERCE_DECIMAL_TO_STRING": True,
}
REST_KNOX = {"AUTH_HEADER_PREFIX": "Token", "TOKEN_LIMIT_PER_USER": 20, "AUTO_REFRESH": False}
SPECTACULAR_SETTINGS = {
    "TITLE": "联控 Liankong API",
    "VERSION": "1",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "POSTPROCESSING_HOOKS": ["drf_spectacular.hooks.postprocess_schema_enums", "regions.api.schema.add_problems"],
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "IssueState": "enforcement.issues.lifecycle.State",
        "FindingState": "enforcement.findings.lifecycle.State",
        "RoundState": "enforcement.crossregion.lifecycle.State",
        "VisitState": "enforcement.inspections.lifecycle.State",
        "CampaignState": "enforcement.inspections.lifecycle.CampaignState",
        "InterviewState": "enforcement.oversight.lifecycle.State",
        "DrawState": "enforcement.inspections.lifecycle.DrawState",
        "ChecklistState": "enforcement.inspections.lifecycle.ListState",
    },
}

CELERY_BROKER_URL = env.str("BROKER_URL", "redis://localhost:6379/0")
# Responsibilities one transaction of the reminder sweep claims; their issues wait that long for an action.
REMINDER_BATCH = env.int("REMINDER_BATCH", 10000)
# Web processes look after broker, worker and beat in the background, for the banner on their pages.
HEALTH_WATCH = env.bool("HEALTH_WATCH", True)

EMAIL_BACKEND = env.str("EMAIL_BACKEND", "django.core.mail.backends.filebased.EmailBackend")
EMAIL_FILE_PATH = VAR / "mail"
EMAIL_TIMEOUT = env.int("EMAIL_TIMEOUT", 10)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "liankong@localhost")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", "INFO")},
}
