"""Who sits at the browser, what their screens are, and how a page is watched."""

from typing import Protocol

from playwright.sync_api import ConsoleMessage, Dialog, Page, Response

from iku_etl.web.login import Role

NAMES = {Role.VIEWER: "Inspektur", Role.USER: "Operator", Role.OP: "Sekretaris", Role.ADMIN: "Kepala Dinas"}
SIZES = {"desktop": (1366, 768), "phone": (390, 844)}


class Opened(Protocol):
    """Opens a path as somebody in a role; the options are those of a Playwright context."""

    def __call__(self, role: Role, path: str = "/", size: str = "desktop", **options: object) -> Page: ...


def watched(page: Page, complaints: list[str]) -> None:
    """Note whatever a page's console complains of, and any script that asks for a dialog."""

    def said(message: ConsoleMessage) -> None:
        if message.type == "error" and "Failed to load resource" not in message.text:
            complaints.append(f"{page.url}: {message.text}")

    def asked(dialog: Dialog) -> None:
        complaints.append(f"{page.url}: a script said {dialog.message}")
        dialog.dismiss()

    def answered(answer: Response) -> None:
        if answer.status >= 400 and answer.request.resource_type != "document":  # a page may refuse; it says why
            complaints.append(f"{page.url}: {answer.status} {answer.url}")

    page.on("response", answered)
    page.on("pageerror", lambda problem: complaints.append(f"{page.url}: {problem}"))
    page.on("console", said)
    page.on("dialog", asked)
