"""What the client raises when the server says no, by whichever of its layers the request was made."""

from __future__ import annotations

from wandb.errors import CommError

try:
    from wandb.sdk.lib.service.service_connection import WandbApiFailedError
except ImportError:
    REFUSED: tuple[type[Exception], ...] = (ValueError, CommError)
else:
    REFUSED = (ValueError, CommError, WandbApiFailedError)
