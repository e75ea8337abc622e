"""How often sign-in may be tried: so that nobody guesses passwords, and guessing keeps nobody busy."""

from ipaddress import IPv6Address, ip_address
from typing import Final

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

_MINUTES: Final = 5
_BY_NAME: Final = RateLimitItemPerMinute(10, _MINUTES, namespace="name")
_BY_ADDRESS: Final = RateLimitItemPerMinute(60, _MINUTES, namespace="address")  # a club may share one address
_PREFIX_V6: Final = 64
_NAME_CHARACTERS_MAX: Final = 64


class SignInPace:
    """Counts tries in memory, by name and by address; a restart forgets them."""

    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def take(self, name: str, host: str, now_s: float) -> int:
        """Count a try, before it is known whether it is right; return 0, or after how many seconds another is answered."""
        for limit, key in ((_BY_ADDRESS, _network(host)), (_BY_NAME, _known_by(name))):
            if not self._limiter.hit(limit, key):
                return max(1, round(self._limiter.get_window_stats(limit, key).reset_time - now_s) + 1)
        return 0

    def clear(self, name: str) -> None:
        """Forget the tries of *name*, who came in."""
        self._limiter.clear(_BY_NAME, _known_by(name))


def _known_by(name: str) -> str:
    return name[:_NAME_CHARACTERS_MAX].casefold()


def _network(host: str) -> str:
    """Return *host*, or the network that one customer of a provider has of the newer addresses."""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if isinstance(address, IPv6Address) and address.ipv4_mapped is None:
        return str(int(address) >> (128 - _PREFIX_V6))
    return host
