import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from faq.learned import SMALL, _inverse, learn


@settings(max_examples=10, deadline=None)
@given(st.integers(1, 4 * SMALL), st.integers(1, 40), st.integers(0, 2**16))
def test_the_inverse_by_halves_is_the_inverse(size: int, rank: int, seed: int) -> None:
    vectors = np.random.default_rng(seed).standard_normal((size, rank)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    table = vectors @ vectors.T * np.float32(0.1)
    table.flat[:: size + 1] += 0.05
    assert np.abs(_inverse(table) @ table - np.eye(size)).max() < 1e-2


@pytest.mark.parametrize("keys", [2, 5])
def test_what_is_learned_gives_each_phrasing_to_its_owner(keys: int) -> None:
    random = np.random.default_rng(keys)
    owner = np.repeat(np.arange(keys), 6)
    vectors = np.eye(keys, 40)[owner] + 0.2 * random.standard_normal((len(owner), 40))
    kernel = (vectors @ vectors.T).astype(np.float32)
    assert ((kernel @ learn(kernel, owner, keys)).argmax(1) == owner).all()
