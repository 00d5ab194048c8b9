"""Errors of the review bridge. A message says what, where (ids) and what to do; it quotes no sample and no decision."""

from __future__ import annotations


class ReviewError(Exception):
    """Base of every error raised by `review_bridge`."""


class MergeFailed(ReviewError):
    """The store took some samples of a batch and refused others for what they hold; trying again does not help."""

    def __init__(self, item_ids: tuple[str, ...], why: str) -> None:
        self.item_ids = item_ids
        """Ids of the samples that were not written; all others of the batch were."""
        super().__init__(f"{len(item_ids)} samples were not written ({', '.join(item_ids[:5])}): {why}")


class SampleUnknown(ReviewError):
    """No sample has the id given."""

    def __init__(self, item_id: str) -> None:
        super().__init__(f"there is no sample {item_id}; `samples list` shows the ids there are")


class NotReviewable(ReviewError):
    """The sample's state allows no decision."""

    def __init__(self, item_id: str, state: str) -> None:
        super().__init__(f"sample {item_id} is {state}: only queued, held or decided samples can be decided")


class DecisionInvalid(ReviewError):
    """A decision lacks what its kind needs, or changes what no person may change."""

    def __init__(self, item_id: str, why: str) -> None:
        super().__init__(f"the decision on sample {item_id} was not stored: {why}")


class DecisionConflict(ReviewError):
    """Somebody else decided first. The message does not tell how: nobody meets another's answer before their own."""

    def __init__(self, item_id: str, seq: int) -> None:
        self.seq = seq
        """Number of the decision that was there first."""
        super().__init__(
            f"somebody else decided on sample {item_id} first (decision {seq}): yours was not stored; "
            "open the sample again and decide once more if it still needs it"
        )


class TombstoneMissing(ReviewError):
    """A sweep was asked for before the withdrawal was written down."""

    def __init__(self, source: str) -> None:
        super().__init__(
            f"source {source} has no tombstone: write it first, then sweep, or samples that are just being made escape"
        )


class ReviewerRefused(ReviewError):
    """A reviewer cannot be added as asked."""

    def __init__(self, why: str) -> None:
        super().__init__(f"the reviewer was not added: {why}")


class ReviewerUnknown(ReviewError):
    """No reviewer has the name given."""

    def __init__(self, name: str) -> None:
        super().__init__(f"there is no reviewer {name}; `reviewers list` shows who there is")


class NotYours(ReviewError):
    """A decision is another's: nobody meets another's answer before their own."""

    def __init__(self, item_id: str) -> None:
        super().__init__(f"sample {item_id} was decided by somebody else; only they, or a lead, may look at it again")


class SnapshotUnknown(ReviewError):
    """No snapshot, or more than one, goes by the name given."""

    def __init__(self, name: str, found: int) -> None:
        why = f"{found} snapshots begin with {name}" if found else f"there is no snapshot {name}"
        super().__init__(f"{why}; `dataset list` shows those there are")


class NoSnapshot(ReviewError):
    """The newest snapshot was asked for where there is none."""

    def __init__(self) -> None:
        super().__init__("there is no snapshot yet; make one with `dataset snapshot`")


class SourceUnregistered(ReviewError):
    """A sample is of a case that the register of sources does not have, so nobody can tell whether it is a phantom."""

    def __init__(self, version: str) -> None:
        super().__init__(
            f"source version {version} has samples and is not in the register of sources: restore the register, "
            "or withdraw the source"
        )


class OverlapUnreadable(ReviewError):
    """The overlap index that a bench version names is none."""

    def __init__(self, bench: str, address: str) -> None:
        super().__init__(
            f"bench {bench[:12]} names blob {address} as its overlap index, which does not parse; "
            "publish the bench again"
        )
