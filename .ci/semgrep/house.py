# What each rule of house.yaml finds, and what it lets pass. Nothing runs this.
import asyncio, hmac, logging, os, random, secrets, sqlalchemy, ssl, subprocess, uuid
from importlib.resources import files
from iprescribe_tui.system.regular_files import text_of

# ruleid: tls-is-verified
httpx.get(url, verify=False)
# ruleid: tls-is-verified
context.check_hostname = False
# ruleid: tls-is-verified
context.verify_mode = ssl.CERT_NONE
# ruleid: tls-is-verified
ssl._create_unverified_context()
# ok: tls-is-verified
httpx.AsyncClient(verify=trusted, follow_redirects=False)

# ruleid: no-shell
subprocess.run(f"open {url}", shell=True)
# ruleid: no-shell
os.system("reset")
# ruleid: no-shell
asyncio.create_subprocess_shell(command)
# ok: no-shell
subprocess.run(["open", url])

log = logging.getLogger(__name__)
# ruleid: logs-hold-no-values
log.warning(f"refused {body}")
# ruleid: logs-hold-no-values
logging.error("refused " + body)
# ruleid: logs-hold-no-values
log.info("refused {}".format(body))
# ok: logs-hold-no-values
log.warning("A request was refused.")

# ruleid: secrets-stay-covered
print(form.password.get_secret_value())
# ok: secrets-stay-covered
print(form.password)

# ruleid: secrets-are-compared-in-constant-time, secrets-stay-covered
if token.get_secret_value() == given:
    pass
# ruleid: secrets-are-compared-in-constant-time
if hashlib.sha256(given).hexdigest() == kept:
    pass
# ok: secrets-are-compared-in-constant-time
hmac.compare_digest(kept, given)

# ruleid: files-are-asked-what-they-are
path.read_text()
# ruleid: files-are-asked-what-they-are
path.open("rb")
# ruleid: files-are-asked-what-they-are
open(path)
# ok: files-are-asked-what-they-are
text_of(path)
# ok: files-are-asked-what-they-are
files("iprescribe_tui").joinpath("app.css").read_text(encoding="utf-8")
# ok: files-are-asked-what-they-are
open(handle, "wb")

# ruleid: whether-there-is-a-file-raises-nothing
if path.is_file():
    pass
# ruleid: whether-there-is-a-file-raises-nothing
path.parent.exists()
# ok: whether-there-is-a-file-raises-nothing
os.path.isdir(path.parent)

# ruleid: statements-hold-no-values
connection.execute(f"DELETE FROM people WHERE name = '{name}'")
# ruleid: statements-hold-no-values
connection.execute(sqlalchemy.text(f"SELECT {column} FROM people"))
# ok: statements-hold-no-values
connection.execute(sqlalchemy.text("SELECT 1"))

# ruleid: chance-is-the-systems
random.choice(letters)
# ruleid: chance-is-the-systems
uuid.uuid1()
# ok: chance-is-the-systems
secrets.token_urlsafe(16)
