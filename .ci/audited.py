"""What pip-audit found (its JSON, in a file): fails for a known hole, and says what it could not ask about."""

import json
import sys
from pathlib import Path

try:
    pinned = json.loads(Path(sys.argv[1]).read_text())["dependencies"]
except ValueError:
    print("pip-audit: stopped without an answer, see above; nothing is known of what is pinned")
    sys.exit(0)
holes = [f"{each['name']} {each['version']}: {hole['id']}" for each in pinned for hole in each.get("vulns", ())]
unknown = sum("skip_reason" in each for each in pinned)
print(
    f"pip-audit: {len(pinned) - unknown} of {len(pinned)} pinned packages audited, {len(holes)} known holes",
    *holes,
    sep="\n",
)
if unknown:
    print(f"pip-audit: the database of holes could not be asked about {unknown} of them")
sys.exit(1 if holes else 0)
