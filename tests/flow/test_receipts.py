"""A receipt is saved whole or not at all."""

from datetime import UTC, datetime

import pytest

from iprescribe_tui.flow import receipts
from iprescribe_tui.journey.views import Receipt
from tests.disks import FULL, Disk


def test_a_full_disk_leaves_the_receipt_that_was_there(disk: Disk) -> None:
    now = datetime(2026, 11, 28, tzinfo=UTC)
    receipt = Receipt(username="amelia.h", npi="1000000012", reference="R-1", completed_at=now, next_steps=("Wait",))
    saved = receipts.save(disk.folder, receipt)
    before = saved.read_text()
    disk.fill()
    with pytest.raises(OSError, match=FULL):
        receipts.save(disk.folder, receipt)
    assert saved.read_text() == before
    assert list(saved.parent.iterdir()) == [saved]
