"""A loopback server that fails on request, for tests that go all the way through LiteLLM."""

import pytest
from faulty_server import FaultyServer


@pytest.fixture
def server():
    """Start a faulty server, and stop it afterwards."""
    server = FaultyServer()
    yield server
    server.close()
