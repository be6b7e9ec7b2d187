"""Real collections, fetched on first use: the source, the target, and the graph that both are linked to."""

from __future__ import annotations

from experiments.domains.base import Domain, DomainSource
from experiments.domains.gemojione import GEMOJIONE_DOMAIN
from experiments.domains.openclipart import OPENCLIPART_DOMAIN
from experiments.domains.tuxpaint import TUXPAINT_DOMAIN
from experiments.domains.wordnet import WORDNET_DOMAIN
from kgx.errors import ConfigError

__all__ = ["DOMAINS", "Domain", "DomainSource", "load"]

DOMAINS = {
    source.name: source for source in (OPENCLIPART_DOMAIN, TUXPAINT_DOMAIN, WORDNET_DOMAIN, GEMOJIONE_DOMAIN)
}
"""Every domain by its name."""


def load(name: str) -> Domain:
    """Return a domain by name, fetching and building it where the data cache does not have it yet.

    Raises:
        ConfigError: unknown name.
        FetchError: one of its packages can be neither found nor fetched.
    """
    if name not in DOMAINS:
        raise ConfigError(f"unknown domain {name!r}; choose one of {', '.join(DOMAINS)}")
    return DOMAINS[name].load()
