"""What the tests of hostile backends share: real answers of a sandbox, heard once."""

import pytest

from tests.hostile.real import Answers, real_answers


@pytest.fixture(scope="session")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Answers:
    """What a sandbox answers on all its ways."""
    return real_answers(tmp_path_factory.mktemp("real"))
