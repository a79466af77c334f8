"""An assistant: one pack, one folder of documents, and the path from a question to its turn."""

from domainkit.assistant.core import Assistant
from domainkit.assistant.folder import locate
from domainkit.assistant.projection import project

__all__ = ["Assistant", "locate", "project"]
