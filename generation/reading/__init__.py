"""Reading a source: its orthopaedic specialty and its spine condition, each out of an editable vocabulary. All of it is
pure."""

from generation.reading.answer import make_reading, unread
from generation.reading.request import read_request
from generation.reading.vocabulary import Vocabulary, packaged_vocabulary, read_vocabulary

__all__ = ["Vocabulary", "make_reading", "packaged_vocabulary", "read_request", "read_vocabulary", "unread"]
