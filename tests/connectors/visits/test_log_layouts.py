"""What a visitor is in a log: an IP address, wherever a proxy, a virtual host or a container puts it; nothing else."""

import json
from pathlib import Path
from typing import Any

import pytest
from weblog_kit import BROWSER, SITE, at, line, of_file, of_lines, whole_day, write

from iku_etl.connectors.visits import addresses, hit, layouts, weblog
from iku_etl.errors import ContractError

PEOPLE = ("203.0.113.1", "203.0.113.2", "203.0.113.3")
PROXY = "10.9.9.9"


def of_people(head: str, tail: str = "") -> list[bytes]:
    """A page view of each of three people; `{address}` stands where the layout names them."""
    times = [at(23, 59, day=4), at(9, 1), at(9, 2), at(9, 3), at(0, 1, day=6)]
    whom = ["127.0.0.1", *PEOPLE, "127.0.0.1"]
    return [line(when, one, head=head, tail=tail.format(address=one)) for when, one in zip(times, whom, strict=True)]


@pytest.mark.parametrize(
    ("head", "tail"),
    [
        ("{address} - - ", ""),
        ("{address}, 10.9.9.9 - - ", ""),
        ("{address},10.9.9.9 - - ", ""),
        ("{address} www.example - - ", ""),
        ("10.9.9.9 ({address}) - - ", ""),
        ("10.9.9.9 ({address}, 10.8.8.8) - - ", ""),
        ("10.9.9.9 - - ", ' "{address}"'),
        ("10.9.9.9 - - ", ' "{address}, 10.8.8.8"'),
        ("{address} - - ", ' "10.0.0.2:8080"'),  # the server behind
        ("{address} - - ", ' 0.004 rt=0.1 "-"'),
        ("{address} - 172.31.0.100 - - ", ""),
        ("172.31.0.100 - {address} - - ", ""),
        ("web-1  | {address} - - ", ""),
        ("Jan  5 09:01:00 web nginx[12]: {address} - - ", ""),
        ("Jan  5 09:01:00 10.0.0.5 nginx: {address} - - ", ""),
        ("2026-01-05T02:01:00.123456789Z stdout F {address} - - ", ""),
        ("www.example {address} - ", ""),
        ("www.example {address} ", ""),
        ("www.example:443 {address} - - ", ""),
        ("10.0.0.5:443 {address} - - ", ""),
        ("{address} - budi santoso ", ""),
        ("{address} - 198.51.100.1 ", ""),  # a user who calls himself an address
        ("::ffff:{address} - - ", ""),
    ],
)  # fmt: skip
def test_three_people_are_three_visits_wherever_their_address_stands(tmp_path: Path, head: str, tail: str) -> None:
    found = of_lines(tmp_path, of_people(head, tail))
    assert (found.visits, found.unobserved) == ({SITE: 3}, [])


@pytest.mark.parametrize(
    "address", ["203.0.113.7:4000{place}", "[2001:db8::7]:4000{place}", "2001:DB8::7", "2001:db8:0::7"]
)
def test_an_address_is_one_visitor_whatever_its_port_and_spelling(tmp_path: Path, address: str) -> None:
    views = [line(at(9, place), address.format(place=place)) for place in range(3)]
    other = line(at(9, 5), "2001:db8::7" if ":DB8" in address.upper() else "203.0.113.7")
    assert of_lines(tmp_path, whole_day(*views, other)).visits == {SITE: 1}


@pytest.mark.parametrize(
    "head",
    [
        "host-{place}.isp.example - - ",  # HostnameLookups On
        "203.0.113.{place} 198.51.100.9 - - ",  # two that can be the visitor
        "pengunjung{place} - - ",
        "203.0.113.{place}.9 - - ",
        "303.0.113.{place} - - ",
    ],
)
def test_a_word_that_is_no_address_is_no_visitor(tmp_path: Path, head: str) -> None:
    views = [line(at(9, place), head=head.format(place=place)) for place in range(1, 5)]
    found = of_lines(tmp_path, whole_day(*views, line(at(9))))
    assert found.visits == {}
    assert found.out[hit.STRANGER] == 4
    (said,) = found.unobserved
    assert "4 dari 5 barisnya" in said and hit.STRANGER in said


def test_one_such_word_among_many_lines_is_left_out_and_counted(tmp_path: Path) -> None:
    found = of_lines(tmp_path, whole_day(line(at(9)), line(at(9, 1)), line(at(9, 2), "tamu")))
    assert (found.visits, found.out[hit.STRANGER]) == ({SITE: 1}, 1)


def test_the_first_of_a_forwarded_list_that_is_an_address_is_the_visitor() -> None:
    assert addresses.first_of(b"unknown, 203.0.113.7:80, 10.0.0.1") == b"203.0.113.7"
    assert addresses.first_of(b"203.0.113.7, <script>") is None
    assert addresses.first_of(b"-") is None


# ---------------------------------------------------------------- declared


COMBINED = '%h %l %u %t "%r" %>s %O "%{Referer}i" "%{User-Agent}i"'
NGINX = (
    '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"'
)


@pytest.mark.parametrize(
    ("declared", "head", "tail"),
    [
        ("combined", "{address} - - ", ""),
        (NGINX, "{address} - - ", ""),
        (COMBINED, "{address} - - ", ""),
        (COMBINED.replace('"', '\\"'), "{address} - - ", ""),  # as Apache writes it within quotes
        ("main", "10.9.9.9 - - ", ' "{address}, 10.8.8.8"'),
        ("vhost_combined", "www.example:443 {address} - - ", ""),
        ("%v:%p " + COMBINED + " %D", "www.example:443 {address} - - ", " 1234"),
        ("proxy_combined", "{address}, 10.9.9.9 - - ", ""),
        ("%{X-Forwarded-For}i " + COMBINED, "{address}, 10.8.8.8 10.9.9.9 - - ", ""),
        ("$http_x_real_ip $remote_addr" + NGINX[12:], "{address} 10.9.9.9 - - ", ""),
        (NGINX + " rt=$request_time", "{address} - - ", " rt=0.004"),
        ("%a 198.51.100.7 %u %t" + COMBINED[11:], "{address} 198.51.100.7 - ", ""),  # two that can be the visitor
    ],
)
def test_a_declared_layout_says_which_word_is_the_visitor(tmp_path: Path, declared: str, head: str, tail: str) -> None:
    found = of_lines(tmp_path, of_people(head, tail), format=declared)
    assert (found.visits, found.unobserved) == ({SITE: 3}, [])


@pytest.mark.parametrize(
    ("declared", "text"),
    [
        (
            '{"t":"$time_iso8601","ip":"$remote_addr","r":"$request","s":$status,"ua":"$http_user_agent"}',
            '{{"t":"2026-01-05T09:0{place}:00+07:00","ip":"203.0.113.{place}","r":"GET / HTTP/1.1","s":200,'
            '"ua":"{agent}"}}',
        ),
        (
            "$remote_addr | $msec | $request_method $request_uri | $status | $http_user_agent | $http_x_forwarded_for",
            "10.9.9.9 | 17675784{place}0.250 | GET / | 200 | {agent} | 203.0.113.{place}, 10.8.8.8",
        ),
    ],
)
def test_any_format_of_nginx_can_be_declared(tmp_path: Path, declared: str, text: str) -> None:
    own = layouts.layout(declared)
    views = [text.format(place=place, agent=BROWSER).encode() for place in (1, 2, 3)]
    hits = [own.parse(view) for view in views]
    assert [(found.address, found.path, found.status) for found in hits if found] == [
        (f"203.0.113.{place}".encode(), b"/", 200) for place in (1, 2, 3)
    ]
    assert [own.moment(view) for view in views] == [found.at for found in hits if found]


def test_a_line_that_does_not_fit_the_declared_layout_is_unread(tmp_path: Path) -> None:
    lines = [line(at(9)), line(at(9, 1), tail=' "203.0.113.1"'), line(at(9, 2)), line(at(9, 3))]
    found = of_lines(tmp_path, whole_day(*lines), format="combined")
    assert (found.visits, found.out[hit.TORN], found.out[weblog.VIEW]) == ({SITE: 1}, 1, 3)
    (said,) = of_lines(tmp_path, whole_day(*lines), format="main").unobserved
    assert "barisnya tidak dapat dipakai" in said and hit.TORN in said


@pytest.mark.parametrize(
    ("declared", "says"),
    [
        ("combinde", 'format "combinde" tidak dikenal'),
        ("common", "tidak memuat peramban"),
        ('$remote_addr [$time_local] "$http_user_agent" $status', "tidak memuat permintaan"),
        ('$remote_user [$time_local] "$request" $status "$http_user_agent"', "tidak memuat alamat pengunjung"),
    ],
)
def test_a_format_that_leaves_out_what_visits_need_costs_its_site_and_says_what(
    tmp_path: Path, declared: str, says: str
) -> None:
    found = of_lines(tmp_path, of_people("{address} - - "), format=declared)
    assert found.visits == {}
    assert len(found.unobserved) == 1 and says in found.unobserved[0] and SITE in found.unobserved[0]
    with pytest.raises(ContractError):
        layouts.layout(declared)


IIS = (
    "#Software: Microsoft Internet Information Services 10.0\n#Fields: date time s-ip cs-method cs-uri-stem"
    " cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status"
    " time-taken\n"
)
CLOUDFRONT = (
    "#Version: 1.0\n#Fields: date\ttime\tx-edge-location\tsc-bytes\tc-ip\tcs-method\tcs(Host)\tcs-uri-stem\tsc-status\t"
    "cs(Referer)\tcs(User-Agent)\n"
)


def w3c(head: str, row: str, agent: str) -> list[bytes]:
    times = ["2026-01-04 16:59:00", *(f"2026-01-05 02:0{place}:00" for place in (1, 2, 3)), "2026-01-05 17:00:30"]
    rows = [
        row.format(date=when[:10], time=when[11:], address=f"203.0.113.{place}", agent=agent)
        for place, when in enumerate(times)
    ]
    return [head.encode(), *(f"{row}\r\n".encode() for row in rows)]


@pytest.mark.parametrize(
    ("head", "row", "agent"),
    [
        (IIS, "{date} {time} 10.0.0.1 GET /berita/ - 443 - {address} {agent} - 200 0 0 15", BROWSER.replace(" ", "+")),
        (
            CLOUDFRONT,
            "{date}\t{time}\tSIN2\t9\t{address}\tGET\twww.example\t/\t200\t-\t{agent}",
            BROWSER.replace(" ", "%20"),
        ),
    ],
)
def test_the_w3c_layout_is_read_where_it_is_declared_and_else_named(
    tmp_path: Path, head: str, row: str, agent: str
) -> None:
    found = of_lines(tmp_path, w3c(head, row, agent), format="w3c")
    assert (found.visits, found.unobserved) == ({SITE: 3}, [])
    (said,) = of_lines(tmp_path, w3c(head, row, agent)).unobserved
    assert 'format = "w3c"' in said


def test_w3c_columns_may_change_from_file_to_file(tmp_path: Path) -> None:
    first = w3c(IIS, "{date} {time} 10.0.0.1 GET / - 443 - {address} {agent} - 200 0 0 15", BROWSER.replace(" ", "+"))
    other = IIS.replace("s-ip cs-method", "cs-method")
    rows = w3c(other, "{date} {time} GET / - 443 - {address} {agent} - 200 0 0 15", BROWSER.replace(" ", "+"))
    write(tmp_path / "ex1.log", first[:4], modified=at(12))
    write(tmp_path / "ex2.log", [rows[0], *rows[4:]])
    assert of_file(tmp_path / "ex*.log", tmp_path, format="w3c").visits == {SITE: 3}


# ---------------------------------------------------------------- JSON


def js(**fields: Any) -> str:
    return json.dumps(fields)


def json_day(row: Any) -> list[bytes]:
    clocks = [
        "2026-01-04T23:59:00+07:00",
        *(f"2026-01-05T09:0{n}:00+07:00" for n in (1, 2, 3)),
        "2026-01-06T00:00:30+07:00",
    ]
    epochs = [1767545940, 1767578460, 1767578520, 1767578580, 1767632430]
    return [
        (row(clock, epoch, f"203.0.113.{number}") + "\n").encode()
        for number, (clock, epoch) in enumerate(zip(clocks, epochs, strict=True))
    ]


NGINX_JSON = {"request": "GET /berita/ HTTP/1.1", "status": 200, "http_user_agent": BROWSER}
CADDY = {"method": "GET", "host": "www.example", "uri": "/berita/", "headers": {"User-Agent": [BROWSER]}}


@pytest.mark.parametrize(
    "row",
    [
        lambda clock, epoch, who: js(time_iso8601=clock, remote_addr=who, **NGINX_JSON),
        lambda clock, epoch, who: js(
            time=clock, remote_addr=PROXY, http_x_forwarded_for=f"{who}, 10.8.8.8", **NGINX_JSON
        ),
        lambda clock, epoch, who: js(time=epoch + 0.25, remote_addr=who, **NGINX_JSON),
        lambda clock, epoch, who: js(time=epoch * 1000, remote_addr=who, **NGINX_JSON),
        lambda clock, epoch, who: js(msec=f"{epoch}.250", remote_addr=who, **NGINX_JSON),
        lambda clock, epoch, who: js(
            ts=epoch + 0.25, request={"remote_ip": PROXY, "client_ip": who, **CADDY}, status=200
        ),
        lambda clock, epoch, who: js(
            ClientHost=who, RequestMethod="GET", RequestPath="/", DownstreamStatus=200, OriginStatus=0, StartUTC=clock,
            **{"request_User-Agent": BROWSER},
        ),
        lambda clock, epoch, who: js(
            **{"@timestamp": clock, "source.ip": who},
            http={"request": {"method": "GET"}, "response": {"status_code": 200}},
            url={"path": "/"}, user_agent={"original": BROWSER},
        ),
        lambda clock, epoch, who: js(
            log=f'{who} - - [{clock}] "GET / HTTP/1.1" 200 5 "-" "{BROWSER}"\n', time="2026-01-05T02:01:00Z"
        ),
    ],
    ids=["nginx", "forwarded", "epoch", "milliseconds", "msec", "caddy", "traefik", "elastic", "docker"],
)  # fmt: skip
def test_json_of_every_known_server_is_read(tmp_path: Path, row: Any) -> None:
    found = of_lines(tmp_path, json_day(row))
    assert (found.visits, found.unobserved) == ({SITE: 3}, [])


def test_json_with_an_address_and_a_port_is_one_visitor(tmp_path: Path) -> None:
    ports = iter(range(40001, 40009))
    rows = json_day(lambda clock, epoch, who: js(time=clock, remote_addr=f"203.0.113.7:{next(ports)}", **NGINX_JSON))
    assert of_lines(tmp_path, rows).visits == {SITE: 1}
