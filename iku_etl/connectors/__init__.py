"""How one kind of system is spoken to: paging, authentication, quirks. Bytes out, readers in."""
