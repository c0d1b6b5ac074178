"""Endpoints are at public addresses: what leads inside is refused, however it is written."""

from ipaddress import ip_address

import pytest

from surereply.domain.addresses import WrongUrl, endpoint_url, is_public

INSIDE = (
    "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
    "192.0.2.1", "198.18.0.1", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255",
    "::1", "::", "fe80::1", "fc00::1", "fd12::1", "ff02::1", "2001:db8::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::1",
)  # fmt: skip
OUTSIDE = ("93.184.216.34", "8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808")


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_inside_somebody_s_house_is_not_public(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", OUTSIDE)
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(ip_address(address))


def test_a_url_is_kept_as_it_was_given() -> None:
    url = "https://hooks.example.org:8443/a%2Fb?token=1"

    assert endpoint_url(f" {url} ", private_allowed=False) == url


@pytest.mark.parametrize(
    "url",
    [
        "", "example.org", "http://example.org/", "ftp://example.org/", "https://", "https:///path", "file:///etc/passwd",
        "https://user:word@example.org/", "https://example.org/#part", "https://example.org:0/", "https://example.org:x/",
        "https://127.0.0.1/", "https://[::1]/", "https://169.254.169.254/latest", "https://[::ffff:10.0.0.1]/",
        "https://example.org/a b", "https://exämple.org/", f"https://example.org/{'a' * 2048}",
    ],
)  # fmt: skip
def test_a_url_that_is_not_taken_says_what_is_wrong_in_one_line(url: str) -> None:
    with pytest.raises(WrongUrl) as refused:
        endpoint_url(url, private_allowed=False)

    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) > 10


def test_a_private_address_is_taken_where_the_owner_allows_it() -> None:
    assert endpoint_url("http://127.0.0.1:9000/hooks", private_allowed=True) == "http://127.0.0.1:9000/hooks"
