"""The routes, one module for each thing that is asked for; each makes a router for a server's context."""

from __future__ import annotations
