"""Sites and circuits as NetBox writes them."""

from typing import Any

Json = dict[str, Any]


def site(number: int, slug: str, **more: Any) -> Json:
    url = f"http://netbox.example/api/dcim/sites/{number}/"
    return {"id": number, "url": url, "slug": slug, "tenant": None, "tags": [], "custom_fields": {}, **more}


def circuit(number: int, at: int, **more: Any) -> Json:
    found = {
        "id": number, "url": f"http://netbox.example/api/circuits/circuits/{number}/", "cid": f"C-{number}",
        "type": {"slug": "ftth"}, "status": {"value": "active"}, "tenant": None, "install_date": "2024-01-15",
        "termination_date": None, "termination_a": None, "tags": [], "custom_fields": {},
        "termination_z": {"termination_type": "dcim.site", "termination_id": at},
    }  # fmt: skip
    return found | more
