from __future__ import annotations

import pytest

pytest.importorskip("equinox", reason="the extra lab is not installed")

from curveshift.lab import training


@pytest.fixture(autouse=True)
def _few_test_documents(monkeypatch: pytest.MonkeyPatch) -> None:
    """Measuring the loss of minute models on thousands of documents would take longer than training them."""
    monkeypatch.setattr(training, "TEST_DOCUMENTS", 128)
