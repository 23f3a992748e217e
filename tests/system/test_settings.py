"""Settings: flags before environment before config file before defaults, and words for what cannot be used."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from iprescribe_tui.system.settings import Settings, SettingsError, check_backend, load

ONE, TWO, THREE = (f"https://{name}.example.com" for name in ("one", "two", "three"))


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own."""
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def configured(home: Path, text: str) -> Path:
    path = home / ".config" / "iprescribe-tui" / "config.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def loaded(environ: Mapping[str, str] | None = None, **flags: str) -> Settings:
    return load(flags, environ or {})


def test_with_nothing_said_it_is_the_own_sandbox(home: Path) -> None:
    settings = loaded()
    assert settings.backend is None
    assert settings.backend_name == "sandbox"
    assert (settings.timeout, settings.ca_bundle) == (30.0, None)
    assert settings.state_dir == home / ".local" / "state" / "iprescribe-tui"
    assert set(settings.origin.values()) == {"default"}


def test_flags_outrank_the_environment_which_outranks_the_file(home: Path) -> None:
    path = configured(home, f'backend = "{THREE}"\ntimeout = 12')
    environ = {"IPRESCRIBE_BACKEND_URL": TWO}
    assert loaded().backend == THREE
    assert loaded(environ).backend == TWO
    settings = loaded(environ, backend=ONE)
    assert settings.backend == ONE
    assert settings.timeout == 12
    assert settings.origin == {
        "backend": "--backend",
        "timeout": str(path),
        "ca_bundle": "default",
        "state_dir": "default",
    }
    assert loaded(environ, backend="sandbox").backend is None
    assert loaded({"IPRESCRIBE_BACKEND_URL": ""}).backend == THREE


def test_a_profile_is_a_table_over_the_rest(home: Path) -> None:
    configured(home, f'backend = "{ONE}"\ntimeout = 12\n[profile.test]\nbackend = "{TWO}"\n')
    assert loaded().backend == ONE
    assert (loaded(profile="test").backend, loaded(profile="test").timeout) == (TWO, 12)
    assert loaded({"IPRESCRIBE_PROFILE": "test"}).backend == TWO
    with pytest.raises(SettingsError, match=r"no profile 'tset'.*Did you mean test\?"):
        loaded(profile="tset")


def test_a_path_in_the_file_is_beside_the_file(home: Path) -> None:
    path = configured(home, 'ca_bundle = "ca.pem"')
    with pytest.raises(SettingsError, match=r"ca\.pem is not a file"):
        loaded()
    (path.parent / "ca.pem").write_text("-")
    assert loaded().ca_bundle == path.parent / "ca.pem"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("bakend = 'x'", r"'bakend', which is not a setting.*Did you mean backend\?"),
        ("[profile.x]\nCA-Bundle = 'x'", r"Did you mean ca_bundle\?"),
        ("backend = ", "not proper TOML"),
        ("backend = 7", "must be written in quotes"),
        ("timeout = true", "must be written in quotes"),
        ("timeout = 0", "from 1 to 600"),
        ("timeout = nan", "from 1 to 600"),
        ("profile = 'x'", "written as tables"),
        ("[server]\nx = 1", "'server', which is not a setting"),
    ],
)
def test_a_file_that_cannot_be_meant_is_named(text: str, says: str, home: Path) -> None:
    path = configured(home, text)
    with pytest.raises(SettingsError, match=says) as caught:
        loaded()
    assert str(path) in str(caught.value)


def test_a_file_that_was_named_must_be_there(home: Path) -> None:
    with pytest.raises(SettingsError, match="There is no config file"):
        loaded(config=str(home / "none.toml"))
    with pytest.raises(SettingsError, match="cannot be read"):
        loaded(config=str(home))


@pytest.mark.parametrize(
    ("url", "normal"),
    [
        ("https://Registration.Example.com/", "https://registration.example.com"),
        ("https://example.com:443/api/", "https://example.com/api"),
        ("https://example.com:8443", "https://example.com:8443"),
        ("http://localhost:8765", "http://localhost:8765"),
        ("http://127.0.0.1:8765/", "http://127.0.0.1:8765"),
        ("http://127.3.2.1", "http://127.3.2.1"),
        ("http://[::1]:8765", "http://[::1]:8765"),
        ("https://[2001:DB8:0:0::1]", "https://[2001:db8::1]"),
        ("https://10.0.0.5", "https://10.0.0.5"),
        ("https://clinic_1.example.com.", "https://clinic_1.example.com."),
        ("https://v1.example.com", "https://v1.example.com"),
        ("https://b\u00fccher.example", "https://xn--bcher-kva.example"),
        ("https://\u0456prescribe.example", "https://xn--prescribe-u9h.example"),
        ("https://idm\u0435.example", "https://xn--idm-tdd.example"),
        ("https://\uff49dme.example", "https://idme.example"),
        ("https://idme\u3002example", "https://idme.example"),
        ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
        ("https://example.com/a/b-c_d~1", "https://example.com/a/b-c_d~1"),
    ],
)
def test_backends_that_are_taken(url: str, normal: str) -> None:
    assert check_backend(url) == normal


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://example.com", "plain http would send passwords in the open"),
        ("http://localhost.example.com", "plain http"),
        ("http://127.0.0.1.example.com", "plain http"),
        ("http://10.0.0.5:8765", "plain http"),
        ("http://[::2]", "plain http"),
        ("http://0.0.0.0:8765", "plain http"),
        ("registration.example.com", "must begin with https://"),
        ("ftp://example.com", "must begin with https://"),
        ("https://", "must begin with https://"),
        ("https://user:hunter22@example.com", "leave the user name and password out"),
        ("https://@example.com", "leave the user name and password out"),
        ("https://example.com?x=1", "what comes after"),
        ("https://example.com/#", "what comes after"),
        ("https://example.com/v1", "leave out /v1"),
        ("https://example.com:99999", "is not a URL"),
        ("https://[example", "is not a URL"),
        ("https://exa mple.com", "a space"),
        ("https://example.com\u202e", "cannot be seen"),
        ("https://example.com\x1b[0m", "cannot be seen"),
        ("https://example.com:0", "port 0"),
        ("https://*.com", "not the name or the IP address"),
        ("https://*", "not the name or the IP address"),
        ("https://host<x>", "not the name or the IP address"),
        ("https://ho{s}t", "not the name or the IP address"),
        ("https://exam%70le.com", "not the name or the IP address"),
        ("https://evil.example\\.example.com", "not the name or the IP address"),
        ("https://[v1.x]", "not the name or the IP address|not a URL"),
        ("https://[v1.fe80::a]", "not the name or the IP address|not a URL"),
        ("https://[fe80::1%25eth0]", "not the name or the IP address|not a URL"),
        ("https://a..example.com", "not the name or the IP address"),
        ("https://.", "not the name or the IP address"),
        ("https://-a.example.com", "not the name or the IP address"),
        ("https://" + "a" * 64 + ".example.com", "not the name or the IP address"),
        ("https://" + "a." * 130 + "example.com", "not the name or the IP address"),
        ("https://2130706433", "not the name or the IP address"),
        ("https://127.1", "not the name or the IP address"),
        ("https://0x7f.0.0.1", "not the name or the IP address"),
        ("https://0x7f000001", "not the name or the IP address"),
        ("https://300.1.1.1", "not the name or the IP address"),
        ("https://xn--zzzzzzzz.example", "not the name or the IP address"),
        ("https://exa\u2764mple.com", "not the name or the IP address"),
        ("https://example.com/a/../b", "the path"),
        ("https://example.com/a//b", "the path"),
        ("https://example.com/a%2fb", "the path"),
        ("https://example.com/<x>", "the path"),
        ("https://example.com/b\u00fccher", "the path"),
    ],
)
def test_backends_that_are_refused(url: str, says: str) -> None:
    with pytest.raises(SettingsError, match=says) as caught:
        check_backend(url, "IPRESCRIBE_BACKEND_URL")
    assert "IPRESCRIBE_BACKEND_URL" in str(caught.value)
    assert "hunter22" not in str(caught.value)
    assert caught.value.__context__ is None or caught.value.__suppress_context__
