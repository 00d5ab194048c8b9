"""Signs around a candidate that speak for a reading: vertebra words, nerve roots, lists."""

from __future__ import annotations

import re

_NOUNS = (
    r"vertebra|bod(?:y|ies)\b|corpus|levels?\b|segment|dis[ck]|pedicle|lamina|end\s?-?plate|facet|spinous|transverse|foram|nerve"
    r"|roots?\b|fractur|compression|burst|metasta|corpectomy|kyphoplasty|hemivertebra|screw|ribs?\b|dermatom|myotom|superior"
    r"|inferior|articular|neural arch|interspace|radicul|collaps|wedg|ha?emangioma|spondyl|stenosis|slope|tilt"
    r"|pelvic angle|genant|modic|lateral mass|osteotomy|cord level|palsy"
)
_PASSIVE = (
    r"(?:and \w+ )?(?:is|was|are|were|has been|have been) "
    r"(?:fused|fractured|decompressed|instrumented|involved|collapsed|resected|stenotic|affected|removed|replaced)"
)
VERTEBRA_AFTER = re.compile(
    rf"[\s-]*(?:{_NOUNS}|{_PASSIVE}|\((?:vertebra|body)|[椎节平水棘横峡压骨爆]|神经根|肋|[左右双]侧|[轻中重]度|许莫氏|\d型|皮节|滑脱|结核|转移|血管瘤)",
    re.IGNORECASE,
)
"""Right after a candidate: it is a vertebra, or something that hangs on one."""
_IMPLANT = (
    r"screws?|cages?|rods?|hooks?|anchors?|wires?|plates?|spacers?|implants?|instrumentation|instrumented|fixation"
)
_PLACED = r"is|are|was|were|been|placed|inserted|implanted|driven|seated|sits?|lies?|ends?|ended|ending"
VERTEBRA_BEFORE = re.compile(
    r"(?<![A-Za-z])(?:at|of|levels?|from|between|above|below|involving|body|bodies|vertebrae?|through|left|right|near|around"
    r"|to the|behind|beneath|corpectomy|fractured?|nerve root|roots?|centred on|centered on)(?: the)?\s*[:(]?\s*$"
    rf"|(?<![A-Za-z])(?:{_IMPLANT})(?:\s+(?:{_PLACED}))*\s+(?:in|into|to|within)(?: the)?\s*$"
    r"|(?:位于|累及|水平|椎体|节段|骨折|自|从)\s*$",
    re.IGNORECASE,
)
"""Right before a candidate: what follows is a place (`in` is one only behind an implant: `seen in T1`)."""
LISTED = re.compile(
    r"\s*(?:,\s*and/or|,\s*and|,\s*or|and/or|as well as|and|or|plus|versus|vs\.?|,|;|&|\+|、|和|及|与|或|/)?\s*"
    r"(?:at\s+)?(?:the\s+)?(?:both\s+)?(?:left|right|bilateral)?\s*",
    re.IGNORECASE,
)
"""The whole text between two candidates of one list."""
ROOT_AFTER = re.compile(
    r"[\s-]*(?:(?:spinal\s+)?nerves?(?:[\s-]*roots?|\b)|roots?\b|rootlets?|radicul|dermatom|myotom|palsy|palsies|sciatica"
    r"|distribution|innervat|dorsal root|DRG\b|ganglion|ganglia|motor (?:root|weakness|deficit)|weakness|numbness"
    r"|par[a]?esthesia|hyp[oa]+esthesia|sensory|神经|根性|皮节|支配)",
    re.IGNORECASE,
)
"""Right after a candidate: it names a root (`L5 nerve root`, `C5 palsy`, `腰5神经根`)."""
ROOTS_AFTER = re.compile(
    r"[\s-]*(?:(?:spinal\s+)?nerve[\s-]*roots\b|roots\b|spinal nerves\b|dermatomes\b|myotomes\b|神经根)", re.IGNORECASE
)
"""After a pair or a span: several roots (`L5-S1 nerve roots`)."""
ROOT_BEFORE = re.compile(
    r"(?:nerve\s+roots?|(?<![A-Za-z])roots?|radiculopathy|dermatomes?|myotomes?)\s+(?:of\s+)?(?:the\s+)?(?:left\s+|right\s+)?$"
    r"|神经根\s*$",
    re.IGNORECASE,
)
"""Right before a candidate: `the root of L5`, `nerve root L5`."""
