"""Is it a consultation: patient and doctor in turn, and a plan at the end?"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import cycle

from generation.checks.registry import CONSULTATION, check
from generation.checks.sentences import told
from generation.items import PlannedItem
from generation.samples import Speaker, Writing

FEWEST_TURNS = 6
"""Three exchanges."""
PROPOSES = re.compile(
    r"(?<![A-Za-z])(?:recommend\w*|suggest\w*|advi[sc]e\w*|propos\w+|plan\w*|next|let(?:['’]s| us| me)|shall"
    r"|will|['’]ll|should|would|can|could|may|must|need\w*|please|start\w*|begin\w*|try|take|keep|continue"
    r"|go on|go for|carry on|come|return|see|book\w*|arrange\w*|order\w*|refer\w*|wear"
    r"|rest|avoid|stop|use|do|first|then|until|if)(?![A-Za-z])"
    r"|建议|计划|下一步|安排|需要?|应该?|可以|请|先|再|然后|继续|要|会|准备|考虑|定期|来",
    re.IGNORECASE,
)
"""Words of a proposal."""
STEP = re.compile(
    r"(?<![A-Za-z])(?:MRI|CT|x-?rays?|scans?|imaging|films?|radiographs?|blood tests?|biops\w+|tests?|examin\w+"
    r"|physio\w*|physical therapy|exercis\w+|rehabilitat\w+|refer\w*|specialist|surgeon\w*|review\w*"
    r"|follow\w*[\s-]?up|check\w*|monitor\w*|observ\w+|watch\w*|come back|see (?:you|me|us|a)|visit"
    r"|appointment|clinic|surg\w+|operat\w+|decompress\w+|\w*discectomy"
    r"|laminectomy|laminoplasty|laminotomy|foraminotomy|corpectomy|fusion|fixation|\w+plasty|injection\w*|block|brac\w+"
    r"|collar|corset|rest\w*|medic\w+|tablets?|pain\s?killers?|analges\w+|anti-?inflammator\w+|antibiotics?|radiotherapy"
    r"|chemotherapy|conservativ\w+|treat\w*|therap\w+|wait)(?![A-Za-z])"
    r"|复查|随访|随诊|复诊|门诊|就诊|来看|转诊|会诊|检查|拍片|核磁|磁共振|X线|理疗|康复|锻炼|训练|手术|减压|融合|切除|固定|成形"
    r"|注射|阻滞|封闭|支具|腰围|颈托|卧床|休息|服药|用药|药物|吃药|止痛|消炎|抗生素|放疗|化疗|保守|治疗|观察|活检|化验",
    re.IGNORECASE,
)
"""Next steps: examination, treatment, follow-up."""


@check("consultation-form", "not-a-consultation", "no-plan", kinds=CONSULTATION)
def consultation_form(item: PlannedItem, writing: Writing, finish: str) -> Sequence[str]:
    """Hold fewer than three exchanges, turns that do not alternate from a patient's to a doctor's, and a last turn that
    proposes no next step."""
    turns = writing.turns
    in_turn = all(said.role is role for said, role in zip(turns, cycle(Speaker), strict=False))
    reasons = [] if len(turns) >= FEWEST_TURNS and len(turns) % 2 == 0 and in_turn else ["not-a-consultation"]
    last = turns[-1] if turns else None
    planned = last is not None and last.role is Speaker.DOCTOR and any(map(_proposes, told(last.text)))
    return reasons if planned else [*reasons, "no-plan"]


def _proposes(sentence: str) -> bool:
    return bool(PROPOSES.search(sentence) and STEP.search(sentence))
