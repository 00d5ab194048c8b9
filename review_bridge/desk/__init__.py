"""The clinicians' desk: sign in, read the evidence, decide. Pages are NiceGUI's, what they do is
`review_bridge.review`.

`server` and the pages are imported by the role that serves them only: their library takes a second to load.
"""

from review_bridge.desk.pipeline import Pipeline
from review_bridge.desk.settings import DeskSettings

__all__ = ["DeskSettings", "Pipeline"]
