"""Settings, read once from the environment into one typed object.

Every name here is documented in `.env.example`; a test compares the two.
"""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

OFFICIAL_TELEGRAM_API = "https://api.telegram.org"
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})


class InvalidSetting(ValueError):
    """A setting cannot be used as given; the text says which one and what to do."""


@dataclass(frozen=True)
class Settings:
    """What differs between installations. Ports are TCP ports, addresses are URLs without a trailing slash."""

    data_dir: Path
    database_url: str
    telegram_token: str
    telegram_api_url: str
    public_url: str
    host: str
    port: int
    rasa_url: str
    rasa_token: str
    rasa_replicas: tuple[str, ...]
    actions_port: int
    demo_url: str
    secret_key: str
    log_level: str
    outbox_rate: float
    outbox_chat_rate: float
    hold_back_seconds: int
    deep_reader_model: Path | None
    deep_reader_layers: int
    deep_reader_port: int
    deep_reader_threads: int
    deep_reader_token: str

    @property
    def is_demo(self) -> bool:
        """Without a token the Telegram stand-in takes Telegram's place."""
        return bool(self.demo_url)

    @property
    def all_rasa_urls(self) -> tuple[str, ...]:
        """Each Rasa by itself, for what all of them must do; `rasa_url` may be whatever spreads the load."""
        return self.rasa_replicas or (self.rasa_url,)

    @property
    def binds_to_loopback(self) -> bool:
        return self.host in LOOPBACK_HOSTS

    @property
    def files_dir(self) -> Path:
        return self.data_dir / "files"

    @property
    def models_dir(self) -> Path:
        return self.data_dir / "models"

    @property
    def deep_reader_dir(self) -> Path:
        return self.data_dir / "reader"

    @property
    def deep_reader_url(self) -> str:
        return f"http://127.0.0.1:{self.deep_reader_port}"

    @property
    def embedded_database_dir(self) -> Path:
        return self.data_dir / "postgres"

    def to_environ(self) -> dict[str, str]:
        """The same settings as `load_settings` reads them: what a started part gets."""
        return {
            "OWNERDESK_DATA": str(self.data_dir),
            "DATABASE_URL": self.database_url,
            "TELEGRAM_TOKEN": self.telegram_token,
            "TELEGRAM_API_URL": self.telegram_api_url,
            "PUBLIC_URL": self.public_url,
            "OWNERDESK_HOST": self.host,
            "OWNERDESK_PORT": str(self.port),
            "RASA_URL": self.rasa_url,
            "RASA_TOKEN": self.rasa_token,
            "RASA_REPLICAS": ",".join(self.rasa_replicas),
            "ACTIONS_PORT": str(self.actions_port),
            "DEMO_URL": self.demo_url,
            "SECRET_KEY": self.secret_key,
            "LOG_LEVEL": self.log_level,
            "OUTBOX_RATE": str(self.outbox_rate),
            "OUTBOX_CHAT_RATE": str(self.outbox_chat_rate),
            "HOLD_BACK_SECONDS": str(self.hold_back_seconds),
            "DEEP_READER_MODEL": str(self.deep_reader_model or ""),
            "DEEP_READER_LAYERS": str(self.deep_reader_layers),
            "DEEP_READER_PORT": str(self.deep_reader_port),
            "DEEP_READER_THREADS": str(self.deep_reader_threads),
            "DEEP_READER_TOKEN": self.deep_reader_token,
        }


def load_settings(environ: dict[str, str] | None = None) -> Settings:
    """Read the environment. Raises InvalidSetting with one clear line for the person at the keyboard.

    Secrets that were not given are made once and kept under the data directory, readable by its owner only.
    """
    env = dict(os.environ if environ is None else environ)
    data_dir = Path(env.get("OWNERDESK_DATA") or "var").expanduser().resolve()
    return Settings(
        data_dir=data_dir,
        database_url=_parse_database_url(env),
        telegram_token=env.get("TELEGRAM_TOKEN", "").strip(),
        telegram_api_url=_parse_url(env, "TELEGRAM_API_URL", OFFICIAL_TELEGRAM_API),
        public_url=_parse_url(env, "PUBLIC_URL", ""),
        host=env.get("OWNERDESK_HOST", "").strip() or "127.0.0.1",
        port=_parse_port(env, "OWNERDESK_PORT", 8080),
        rasa_url=_parse_url(env, "RASA_URL", "http://127.0.0.1:5005"),
        rasa_replicas=_parse_urls(env, "RASA_REPLICAS"),
        rasa_token=env.get("RASA_TOKEN", "").strip() or _kept_secret(data_dir, "rasa_token"),
        actions_port=_parse_port(env, "ACTIONS_PORT", 5055),
        demo_url=_parse_url(env, "DEMO_URL", ""),
        secret_key=env.get("SECRET_KEY", "").strip() or _kept_secret(data_dir, "secret_key"),
        log_level=_parse_log_level(env),
        outbox_rate=_parse_rate(env, "OUTBOX_RATE", 30.0),
        outbox_chat_rate=_parse_rate(env, "OUTBOX_CHAT_RATE", 1.0),
        hold_back_seconds=_parse_count(env, "HOLD_BACK_SECONDS", 8),
        deep_reader_model=_parse_path(env, "DEEP_READER_MODEL"),
        deep_reader_layers=_parse_count(env, "DEEP_READER_LAYERS", 16),
        deep_reader_port=_parse_port(env, "DEEP_READER_PORT", 5065),
        deep_reader_threads=_parse_count(env, "DEEP_READER_THREADS", 2),
        deep_reader_token=env.get("DEEP_READER_TOKEN", "").strip()
        or _kept_secret(data_dir, "deep_reader_token"),
    )


def parse_env_file(text: str) -> dict[str, str]:
    """The lines `NAME=value` of a `.env` file. Comments, blank lines and a leading `export` are understood.

    A value may stand in quotes; nothing inside it is replaced.
    """
    found: dict[str, str] = {}
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        name, separator, value = line.removeprefix("export ").partition("=")
        name, value = name.strip(), value.strip()
        if not separator or not name.isidentifier():
            raise InvalidSetting(f"Line {number} of .env is not NAME=value.")
        if len(value) >= 2 and value[0] == value[-1] and value[0] in "'\"":
            value = value[1:-1]
        found[name] = value
    return found


def load_env_file(path: Path) -> None:
    """Put what `.env` says into the environment; what is there already wins."""
    if path.is_file():
        for name, value in parse_env_file(path.read_text()).items():
            os.environ.setdefault(name, value)


def _parse_database_url(env: dict[str, str]) -> str:
    """Any usual spelling, turned into SQLAlchemy's for psycopg 3."""
    value = env.get("DATABASE_URL", "").strip()
    scheme, separator, rest = value.partition("://")
    if not value:
        return ""
    if not separator or scheme not in ("postgres", "postgresql", "postgresql+psycopg"):
        raise InvalidSetting(
            "DATABASE_URL must start with postgresql://, as in postgresql://user:password@host/name."
        )
    return f"postgresql+psycopg://{rest}"


def _parse_log_level(env: dict[str, str]) -> str:
    value = env.get("LOG_LEVEL", "").strip().upper() or "INFO"
    if value not in LOG_LEVELS:
        raise InvalidSetting(f"LOG_LEVEL must be one of {', '.join(LOG_LEVELS)}, not {value!r}.")
    return value


def _parse_url(env: dict[str, str], name: str, default: str) -> str:
    value = env.get(name, "").strip().rstrip("/") or default
    if value and not value.startswith(("http://", "https://")):
        raise InvalidSetting(f"{name} must start with http:// or https://, not {value!r}.")
    return value


def _parse_urls(env: dict[str, str], name: str) -> tuple[str, ...]:
    addresses = [one.strip() for one in env.get(name, "").split(",")]
    return tuple(_parse_url({name: one}, name, "") for one in addresses if one)


def _parse_port(env: dict[str, str], name: str, default: int) -> int:
    value = env.get(name, "").strip() or str(default)
    if not value.isdecimal() or not 0 < int(value) < 65536:
        raise InvalidSetting(f"{name} must be a port between 1 and 65535, not {value!r}.")
    return int(value)


def _parse_path(env: dict[str, str], name: str) -> Path | None:
    value = env.get(name, "").strip()
    return Path(value).expanduser().resolve() if value else None


def _parse_count(env: dict[str, str], name: str, default: int) -> int:
    value = env.get(name, "").strip() or str(default)
    if not value.isdecimal() or not 0 < int(value) < 1000:
        raise InvalidSetting(f"{name} must be a number from 1 to 999, not {value!r}.")
    return int(value)


def _parse_rate(env: dict[str, str], name: str, default: float) -> float:
    value = env.get(name, "").strip() or str(default)
    try:
        rate = float(value)
    except ValueError:
        rate = 0.0
    if not 0 < rate < 1e6:
        raise InvalidSetting(f"{name} must be a number of messages a second, not {value!r}.")
    return rate


def _kept_secret(data_dir: Path, name: str) -> str:
    """Make the secret on first use. Two processes racing here both end up with the file that was linked first."""
    path = data_dir / "secrets" / name
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = path.with_name(f".{name}.{os.getpid()}.{secrets.token_hex(4)}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(32))
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text().strip()
