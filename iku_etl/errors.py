"""Every error of ours, drawn as a tree; each message says what, where, and what to do next.

IkuError
├── SettingError           the installation is wrong: a missing variable, folder or secret
├── DeclarationError       a source, an indicator or a SQL header breaks its contract
├── CollectError           one window of one source can't be collected
│   ├── TransientError     the network or the other side: trying again may help
│   └── ContractError      the answer is not what was declared: trying again does not help
│       └── NotTold        the other side can't tell this window, or not any more: said once, then no news
├── RawStoreError          bytes can't be kept, or kept bytes are not what their name says
├── WarehouseError         PostgreSQL is not there, or is not ours
├── LedgerError            the ledger is not what it was, or a head of it can't be believed
├── MessageError           somebody could not be told; no figure waits for that
├── LoadConflict           another attempt at the same window was newer or came first
└── NotFound               the figure, batch, payload or member that was asked for does not exist
"""


class IkuError(Exception):
    """Base of all. `str(error)` is a whole sentence for a person; `code` is stable for programs."""

    code = "iku_error"

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        if code is not None:
            self.code = code


class SettingError(IkuError):
    """The installation is wrong: a missing variable, folder or secret."""

    code = "setting"


class DeclarationError(IkuError):
    """A source, an indicator or a SQL header breaks its contract."""

    code = "declaration"


class CollectError(IkuError):
    """One window of one source can't be collected."""

    code = "collect"


class TransientError(CollectError):
    """The network or the other side failed: trying again may help; in `retry_after` seconds, if it said so."""

    code = "transient"

    def __init__(self, message: str, *, code: str | None = None, retry_after: float | None = None) -> None:
        super().__init__(message, code=code)
        self.retry_after = retry_after


class ContractError(CollectError):
    """The answer is not what was declared: trying again does not help, the batch is rejected."""

    code = "contract"


class NotTold(ContractError):
    """The other side can't tell this window, or not any more: no news where the window is in force or was tried."""

    code = "not_told"


class RawStoreError(IkuError):
    """Bytes can't be kept, or kept bytes are not what their name says."""

    code = "raw_store"


class WarehouseError(IkuError):
    """PostgreSQL is not there, or is not ours."""

    code = "warehouse"


class LedgerError(IkuError):
    """The ledger is not what it was, or a head of it can't be believed."""

    code = "ledger"


class MessageError(IkuError):
    """Somebody could not be told of the night: said in `iku status`, tried again, and no figure waits for it."""

    code = "message"


class LoadConflict(IkuError):
    """Another attempt at the same window was newer or came first; nothing was loaded."""

    code = "load_conflict"


class NotFound(IkuError):
    """The figure, batch, payload or member that was asked for does not exist."""

    code = "not_found"
