"""Settings: flags take precedence over environment, config file, and defaults."""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from iprescribe_tui.system.host_names import asked_address_6, asked_host, is_loopback
from iprescribe_tui.system.ownership import flaw_at
from iprescribe_tui.system.regular_files import text_of
from iprescribe_tui.system.wording import suggestion

OWN_SANDBOX = "sandbox"
"""Value of `backend` for the sandbox that the program starts itself."""

_KEYS = {
    "backend": "IPRESCRIBE_BACKEND_URL",
    "ca_bundle": "IPRESCRIBE_CA_BUNDLE",
    "timeout": "IPRESCRIBE_TIMEOUT",
    "state_dir": "IPRESCRIBE_STATE_DIR",
}
"""Settings, with their environment variables; a setting's flag is its name with dashes."""

CONFIG_VARIABLE, PROFILE_VARIABLE = "IPRESCRIBE_CONFIG", "IPRESCRIBE_PROFILE"
"""Variables equivalent to `--config` and `--profile`."""

VARIABLES = (*_KEYS.values(), CONFIG_VARIABLE, PROFILE_VARIABLE)
"""All environment variables of the settings."""

_SHORTEST, _LONGEST = 1.0, 600.0
_LONGEST_URL = 2000

_PATH = re.compile(r"(/[A-Za-z0-9._~!$&'()*+,;=:@-]+)*")


class SettingsError(Exception):
    """Unusable setting; the message has its name, its origin, and advice."""


@dataclass(frozen=True)
class Settings:
    """All settings. `backend` is a checked URL, None for the built-in sandbox; `timeout` is in seconds.

    `origin` has the origin of each setting: its flag, its variable, the config file's path, or "default".
    """

    backend: str | None
    ca_bundle: Path | None
    state_dir: Path
    config_file: Path
    timeout: float = 30.0
    origin: Mapping[str, str] = field(default_factory=dict)

    @property
    def backend_name(self) -> str:
        """Key for tokens and drafts: fixed for the built-in sandbox, whose port differs each time."""
        return self.backend or OWN_SANDBOX

    @property
    def host(self) -> str:
        """Host and port of the backend, "" for the built-in sandbox."""
        return urlsplit(self.backend or "").netloc

    @property
    def shown_name(self) -> str:
        """Name of the backend, as shown to the applicant."""
        return self.backend or "the sandbox"


def load(flags: Mapping[str, str | None], environ: Mapping[str, str] = os.environ) -> Settings:
    """Return the settings from `flags` (keys as in the config file, `config`, `profile`), `environ`, and the file.

    Raises `SettingsError`.
    """
    config_file, named = _config_file(flags, environ)
    profile = flags.get("profile") or environ.get(PROFILE_VARIABLE) or ""
    filed = _from_file(config_file, profile, named=named)
    values: dict[str, str] = {}
    origin: dict[str, str] = {}
    for key, variable in _KEYS.items():
        flag = f"--{key.replace('_', '-')}"
        places = ((flags.get(key), flag), (environ.get(variable), variable), (filed.get(key), str(config_file)))
        value, source = next(((value, source) for value, source in places if value), ("", "default"))
        values[key], origin[key] = value, source
    beside = {key: config_file.parent if origin[key] == str(config_file) else Path() for key in _KEYS}
    backend = values["backend"]
    return Settings(
        backend=None if backend in ("", OWN_SANDBOX) else check_backend(backend, origin["backend"]),
        ca_bundle=_bundle(beside["ca_bundle"], values["ca_bundle"], origin["ca_bundle"]),
        state_dir=(
            path_of(values["state_dir"], origin["state_dir"], beside["state_dir"])
            if values["state_dir"]
            else _default_state_dir()
        ),
        config_file=config_file,
        timeout=_timeout(values["timeout"], origin["timeout"]),
        origin=origin,
    )


def check_backend(url: str, origin: str = "--backend") -> str:
    """Return a backend's URL in normal form: https, or http to this machine; no user, query, fragment, or final `/v1`.

    Raises `SettingsError`.
    """

    def refuse(why: str) -> SettingsError:
        return SettingsError(f"{origin}: {why} Write the address like https://registration.example.com")

    if len(url) > _LONGEST_URL:
        raise refuse(f"the backend's address has {len(url):,} characters, more than any address.")
    if any(character.isspace() or not character.isprintable() for character in url):
        raise refuse("the backend's address contains a space or a character that cannot be seen.")
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        raise refuse("the backend's address is not a URL.") from None
    if parts.scheme not in ("https", "http") or not host:
        raise refuse("the backend's address must begin with https:// and a host's name.")
    if parts.username is not None or parts.password is not None:
        raise refuse("leave the user name and password out of the backend's address.")
    if "?" in url or "#" in url:
        raise refuse("leave out what comes after ? or # in the backend's address.")
    if parts.scheme == "http" and not is_loopback(host):
        raise refuse(
            f"plain http would send passwords in the open to {host}. Use https: http is only for this machine itself."
        )
    if port == 0:
        raise refuse("port 0 is no port that can be reached.")
    asked = asked_address_6(host) if "[" in parts.netloc else asked_host(host)
    if not asked:
        raise refuse(f"{host[:60]!r} is not the name or the IP address of a host.")
    path = parts.path.rstrip("/")
    if not _PATH.fullmatch(path) or {".", ".."} & set(path.split("/")):
        raise refuse("the path in the backend's address has characters or dots that do not stay as they are.")
    if path.endswith("/v1"):
        raise refuse("leave out /v1 at the end of the backend's address; the program adds it.")
    implied = {"https": 443, "http": 80}[parts.scheme]
    return f"{parts.scheme}://{asked}{f':{port}' if port not in (None, implied) else ''}{path}"


def _config_file(flags: Mapping[str, str | None], environ: Mapping[str, str]) -> tuple[Path, bool]:
    """Return the config file, and whether it was named and so must exist. Raises `SettingsError`."""
    named = flags.get("config") or environ.get(CONFIG_VARIABLE)
    if named:
        return path_of(named, "--config" if flags.get("config") else "IPRESCRIBE_CONFIG"), True
    from platformdirs import user_config_path

    return _in_home(lambda: user_config_path("iprescribe-tui", appauthor=False)) / "config.toml", False


def _default_state_dir() -> Path:
    from platformdirs import user_state_path

    return _in_home(lambda: user_state_path("iprescribe-tui", appauthor=False))


def _in_home(place: Callable[[], Path]) -> Path:
    """Return a default folder. Raises `SettingsError` if this user has no home folder."""
    try:
        return place()
    except RuntimeError:
        raise SettingsError(
            "There is no home folder to keep settings and drafts in. Set HOME to your home folder's full path, or "
            "choose other places with both --state-dir and --config."
        ) from None


def _from_file(file: Path, profile: str, *, named: bool) -> dict[str, str]:
    """Return the config file's values; those of `[profile.NAME]` take precedence. Raises `SettingsError`."""
    if flaw := flaw_at(file, "give another with --config FILE"):
        raise SettingsError(f"The config file can't be trusted: {flaw.refusal}")
    try:
        text = text_of(file)
    except (FileNotFoundError, NotADirectoryError):
        if named:
            raise SettingsError(f"There is no config file {file}. Check the path after --config.") from None
        text = ""
    except OSError as failed:
        raise SettingsError(
            f"The config file {file} cannot be read: {failed.strerror}. Check who may read it, and that it is a file."
        ) from None
    except UnicodeDecodeError:
        raise SettingsError(f"The config file {file} cannot be read: it is not text in UTF-8.") from None
    import tomllib

    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"The config file {file} is not proper TOML: {error}.") from None
    profiles = document.pop("profile", {})
    if not isinstance(profiles, dict) or not all(isinstance(table, dict) for table in profiles.values()):
        raise SettingsError(f"In {file}, profiles are written as tables: [profile.NAME].")
    if profile and profile not in profiles:
        known = f"It has {_listed(profiles)}." if profiles else "It has none."
        raise SettingsError(f"There is no profile {profile!r} in {file}. {known}{suggestion(profile, profiles)}")
    chosen = {**document, **profiles.get(profile, {})}
    for table in (document, *profiles.values()):
        for key in table:
            if key not in _KEYS:
                known = f"The settings are {_listed(_KEYS)}."
                raise SettingsError(f"{file} sets {key!r}, which is not a setting. {known}{suggestion(key, _KEYS)}")
    return {key: _filed(value, key, file) for key, value in chosen.items()}


def _filed(value: object, key: str, file: Path) -> str:
    """Return a value of the config file as text, as a flag would give it. Raises `SettingsError`."""
    if key == "timeout" and isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise SettingsError(f'{file}: {key} must be written in quotes, like {key} = "…".')
    return value


def _listed(names: Mapping[str, object]) -> str:
    return ", ".join(sorted(names))


def path_of(value: str, origin: str, beside: Path = Path()) -> Path:
    """Return the absolute path of `value`, relative to `beside` unless it is absolute or begins with `~`.

    Raises `SettingsError`.
    """
    if "\0" in value:
        raise SettingsError(f"{origin}: a path can't contain a null character. Check the path.")
    try:
        return (beside / Path(value).expanduser()).absolute()
    except (RuntimeError, OSError):
        raise SettingsError(
            f"{origin}: {value} can't be found: there is no such home folder, or no current folder. Give a full path."
        ) from None


def _bundle(beside: Path, value: str, origin: str) -> Path | None:
    if not value:
        return None
    path = path_of(value, origin, beside)
    if not os.path.isfile(path) or not os.access(path, os.R_OK):
        raise SettingsError(f"{origin}: the CA bundle {path} is not a file that can be read. Give a PEM file's path.")
    if flaw := flaw_at(path, "give another"):
        raise SettingsError(f"{origin}: the CA bundle can't be trusted: {flaw.refusal}")
    return path


def _timeout(value: str, origin: str) -> float:
    try:
        seconds = float(value or Settings.timeout)
    except ValueError:
        seconds = 0.0
    if not _SHORTEST <= seconds <= _LONGEST:
        raise SettingsError(f"{origin}: the timeout must be a number of seconds from 1 to 600.")
    return seconds
