"""Which addresses may be reached, in every spelling that somebody may try."""

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.documents.fetching.addresses import is_public, literal
from bot.documents.fetching.refused import RefusedError
from bot.documents.fetching.targets import parse

FORBIDDEN = """
    0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.100.100.200 100.127.255.255 127.0.0.1
    127.255.255.254 168.63.129.16 169.254.0.1 169.254.169.254 169.254.170.2 172.16.0.1 172.31.255.255
    192.0.0.1 192.0.0.192 192.0.2.1 192.31.196.1 192.52.193.1 192.88.99.1 192.168.0.1 192.168.255.255
    192.175.48.1 198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1
    255.255.255.255 :: ::1 ::127.0.0.1 ::8.8.8.8 ::ffff:127.0.0.1 ::ffff:8.8.8.8 ::ffff:0:8.8.8.8
    64:ff9b::7f00:1 64:ff9b::8.8.8.8 64:ff9b:1::1 64:ff9b:1:ffff::8.8.8.8 100::1 100:0:0:1::1 2001::1
    2001:0:4136:e378:8000:63bf:3fff:fdd2 2001:2::1 2001:10::1 2001:20::1 2001:db8::1 2002:7f00:1::1
    2002:808:808::1 2620:4f:8000::1 3ffe::1 3fff::1 4000::1 5f00::1 fc00::1 fd00:ec2::254 fd20:ce::254
    fd12:3456::1 fe80::1 fe80::a9fe:a9fe fec0::1 ff00::1 ff02::1 ffff::1
""".split()
PUBLIC = """
    1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 93.184.215.14 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0
    169.253.255.255 169.255.0.0 172.15.255.255 172.32.0.0 191.255.255.255 192.0.1.0 192.167.255.255
    192.169.0.0 198.17.255.255 198.20.0.0 203.0.112.255 203.0.114.0 223.255.255.255 2001:200::1
    2001:4860:4860::8888 2003::1 2606:4700:4700::1111 2620:fe::fe 2a00:1450:4001::1 3ff0::1
""".split()


@pytest.mark.parametrize("address", FORBIDDEN)
def test_what_is_not_of_the_public_internet_is_not_reached(address):
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", PUBLIC)
def test_what_is_of_the_public_internet_is_reached(address):
    assert is_public(ip_address(address))


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_is_reached_only_where_python_too_says_that_it_is_global(address):
    if is_public(address):
        assert address.is_global
        assert not address.is_multicast
    elif address.is_global and not address.is_multicast:
        assert str(address).startswith(("168.63.129.16", "192."))  # Azure's own; relays that serve no pages


@given(st.ip_addresses(v=6))
def test_an_ipv6_address_is_reached_only_where_python_too_says_that_it_is_global(address):
    if is_public(address):
        assert address.is_global
        assert not address.is_multicast
        assert (address.ipv4_mapped, address.sixtofour, address.teredo) == (None, None, None)


def test_an_address_with_a_zone_is_not_reached():
    assert not is_public(IPv6Address("2606:4700::1%eth0"))


NUMBERS = "{}", "{:03d}", "0{:o}", "0x{:x}", "0X{:08X}"


@st.composite
def spellings(draw, addresses):
    """An IPv4 address as some resolver, browser or copy of one would read it."""
    address = draw(addresses)
    packed = list(address.packed)
    parts = draw(st.integers(1, 4))
    numbers = [*packed[: parts - 1], int.from_bytes(packed[parts - 1 :], "big")]
    spelled = [draw(st.sampled_from(NUMBERS)).format(number) for number in numbers]
    text = draw(st.sampled_from(".。．｡")).join(spelled)
    if draw(st.booleans()):
        text = text.translate({ord("0") + n: ord("０") + n for n in range(10)})
    return text + draw(st.sampled_from(["", "", "."]))


WITHIN = "::ffff:{} ::{} ::ffff:0:{} 64:ff9b::{} 64:ff9b:1::{} 2002:{hex}:: 2001:0:{hex}::1 fe80::{}".split()
FORBIDDEN_4 = st.sampled_from([IPv4Address(address) for address in FORBIDDEN if ":" not in address])


@given(spellings(FORBIDDEN_4), st.sampled_from(["http", "https", "HTTP"]))
def test_any_spelling_of_a_forbidden_address_stays_forbidden(host, scheme):
    with pytest.raises(RefusedError) as refused:
        parse(f"{scheme}://{host}/")
    assert refused.value.reason == "address"


@given(
    FORBIDDEN_4,
    st.sampled_from(WITHIN),
    st.booleans(),
    st.sampled_from(["", "%25eth0", "%1", "%25"]),
)
def test_an_address_within_another_stays_forbidden(address, form, exploded, zone):
    packed = address.packed.hex()
    inner = IPv6Address(form.format(address, hex=f"{packed[:4]}:{packed[4:]}"))
    host = f"{(inner.exploded if exploded else inner.compressed).upper()}{zone}"
    with pytest.raises(RefusedError) as refused:
        parse(f"http://[{host}]/")
    assert refused.value.reason == "address"


@given(st.ip_addresses().filter(is_public))
def test_every_public_address_is_allowed_as_everybody_writes_it(address):
    host = f"[{address}]" if address.version == 6 else str(address)
    assert parse(f"https://{host}/a").host == str(address)
    if address.version == 6:
        assert parse(f"https://[{address.exploded.upper()}]/a").host == str(address)


@pytest.mark.parametrize(
    "host",
    "127.1 0x7f.1 0177.0.0.1 2130706433 0x7f000001 017700000001 127.0.0.1. 127.0.0.01 0 0x 1.2.3.4.5"
    " 256.1.1.1 1.2.3 8.8.2056 0x08.8.8.8 999999999999 example.0x7f example.127 a.b.1 00.1".split(),
)
def test_a_number_that_is_no_address_as_everybody_writes_it_is_refused(host):
    with pytest.raises(RefusedError) as refused:
        parse(f"http://{host}/")
    assert refused.value.reason in ("address", "link")


def test_a_name_is_no_literal():
    assert literal("example.com") is None
    assert literal("1.2.3.4.example.com") is None
    assert literal("0x7f.example") is None
