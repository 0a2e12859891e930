"""The tree against the vectors of certificate transparency, against the RFC's own recursion, and against bit flips."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iku_etl.audit import tree

# the eight leaves and roots by which certificate transparency's implementations are checked
LEAVES = [
    bytes.fromhex(text)
    for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
INCLUDED = {  # (index, size): proof
    (0, 1): "",
    (0, 8): """96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7
        5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e
        6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4""",
    (5, 8): """bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b
        ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0
        d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7""",
    (2, 3): "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    (1, 5): """6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d
        5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e
        bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b""",
}
CONSISTENT = {  # (first, second): proof
    (1, 1): "",
    (1, 8): """96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7
        5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e
        6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4""",
    (6, 8): """0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a
        ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0
        d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7""",
    (2, 5): """5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e
        bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b""",
    (6, 7): """0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a
        b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f
        d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7""",
}
HASHES = [tree.leaf_hash(content) for content in LEAVES]


def hashes(proof: str) -> list[bytes]:
    return [bytes.fromhex(text) for text in proof.split()]


def mth(leaves: list[bytes]) -> bytes:
    """The definition of RFC 9162, 2.1.1, word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + mth(leaves[:k]) + mth(leaves[k:])).digest()


def flipped(content: bytes, bit: int) -> bytes:
    at = bit % (8 * len(content))
    return content[: at // 8] + bytes([content[at // 8] ^ 1 << at % 8]) + content[at // 8 + 1 :]


def test_roots_are_those_of_certificate_transparency() -> None:
    for size, root in enumerate(ROOTS, start=1):
        assert tree.Tree(HASHES).root(size).hex() == tree.root_of(HASHES[:size]).hex() == root
    assert tree.Tree([]).root() == tree.root_of([]) == hashlib.sha256().digest()


@pytest.mark.parametrize(("place", "proof"), INCLUDED.items())
def test_inclusion_is_proved_as_in_certificate_transparency(place: tuple[int, int], proof: str) -> None:
    index, size = place
    assert tree.Tree(HASHES).inclusion(index, size) == hashes(proof)
    assert tree.is_included(HASHES[index], index, size, hashes(proof), bytes.fromhex(ROOTS[size - 1]))


@pytest.mark.parametrize(("sizes", "proof"), CONSISTENT.items())
def test_consistency_is_proved_as_in_certificate_transparency(sizes: tuple[int, int], proof: str) -> None:
    first, second = sizes
    assert tree.Tree(HASHES).consistency(first, second) == hashes(proof)
    roots = [bytes.fromhex(ROOTS[size - 1]) for size in sizes]
    assert tree.is_consistent(first, second, roots[0], roots[1], hashes(proof))


LOGS = st.lists(st.binary(max_size=4), min_size=1, max_size=70).map(lambda found: [*map(tree.leaf_hash, found)])


@given(LOGS, st.data())
def test_every_leaf_is_proved_and_no_flipped_bit_is(leaves: list[bytes], data: st.DataObject) -> None:
    size = data.draw(st.integers(1, len(leaves)))
    index = data.draw(st.integers(0, size - 1))
    made = tree.Tree(leaves)
    root, proof = made.root(size), made.inclusion(index, size)
    assert root == mth(leaves[:size]) == tree.root_of(leaves[:size])
    assert tree.is_included(leaves[index], index, size, proof, root)
    bit = data.draw(st.integers(0, 255))
    assert not tree.is_included(flipped(leaves[index], bit), index, size, proof, root)
    assert not tree.is_included(leaves[index], index, size, proof, flipped(root, bit))
    for place, sibling in enumerate(proof):
        wrong = [*proof[:place], flipped(sibling, bit), *proof[place + 1 :]]
        assert not tree.is_included(leaves[index], index, size, wrong, root)
    for wrong in (proof[1:], proof[:-1]) if proof else ():
        assert not tree.is_included(leaves[index], index, size, wrong, root)
    assert not tree.is_included(leaves[index], index, size, [*proof, root], root)
    assert not tree.is_included(leaves[index], size, size, proof, root)


@given(LOGS, st.data())
def test_growth_is_proved_and_no_other_history_is(leaves: list[bytes], data: st.DataObject) -> None:
    second = data.draw(st.integers(1, len(leaves)))
    first = data.draw(st.integers(1, second))
    made = tree.Tree(leaves)
    before, after, proof = made.root(first), made.root(second), made.consistency(first, second)
    assert tree.is_consistent(first, second, before, after, proof)
    bit = data.draw(st.integers(0, 255))
    assert not tree.is_consistent(first, second, flipped(before, bit), after, proof)
    assert not tree.is_consistent(first, second, before, flipped(after, bit), proof)
    for place, sibling in enumerate(proof):
        wrong = [*proof[:place], flipped(sibling, bit), *proof[place + 1 :]]
        assert not tree.is_consistent(first, second, before, after, wrong)
    if first < second:
        assert not tree.is_consistent(first, second, before, after, [])
        assert not tree.is_consistent(first, second, before, after, [*proof, before])
    assert not tree.is_consistent(second, first, after, before, proof) or first == second


@given(LOGS, st.data())
def test_a_changed_leaf_is_another_history(leaves: list[bytes], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(leaves) - 1))
    other = [*leaves[:at], flipped(leaves[at], data.draw(st.integers(0, 255))), *leaves[at + 1 :]]
    assert tree.Tree(other).root() != tree.Tree(leaves).root()
    assert tree.Tree(other).root(at) == tree.Tree(leaves).root(at)


def test_pieces_make_the_same_root() -> None:
    leaves = [tree.leaf_hash(str(number).encode()) for number in range(3 * (1 << tree.PIECE) + 777)]
    assert tree.root_of(iter(leaves)) == tree.Tree(leaves).root()


def test_what_is_not_there_is_not_proved() -> None:
    made = tree.Tree(HASHES[:3])
    for index, size in ((3, 3), (-1, 3), (0, 0), (0, 4), (3, 4)):
        with pytest.raises(ValueError, match="not within a tree of 3"):
            made.inclusion(index, size)
    for first, size in ((0, 3), (3, 2), (3, 4), (4, 4)):
        with pytest.raises(ValueError, match="not within a tree of 3"):
            made.consistency(first, size)
    with pytest.raises(ValueError, match="not within a tree of 3"):
        made.root(4)
