"""Evidence to a calibrated probability, and the line under which nothing is claimed; pure.

A calibration belongs to one reader and is fitted by `python -m model.calibrate`.
"""

import hashlib
import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path

LEAD_LIMIT = 10.0  # a longer lead, or a lone candidate's, says no more than this

UNNAMED_LIMIT = 3  # more missing names say no more than so many


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for one candidate."""

    margin: float  # the reader's score over its no-answer score
    relevance: float  # its passage's BM25 over the best passage's, 0 to 1
    shared: float  # the share of the question's words that stand in its sentence
    around: float  # and in its passage
    unnamed: int = 0  # how many of the question's names and numbers do not stand in its passage


@dataclass(frozen=True, slots=True)
class Weights:
    """A logistic regression's coefficients, in logits per unit of each feature."""

    intercept: float
    margin: float
    shared: float
    around: float
    lead: float  # per unit of strength over the next candidate
    passages: float  # per unit of ln(how many passages were read)
    unnamed: float = 0.0  # per name or number


@dataclass(frozen=True, slots=True)
class Calibration:
    """How one reader's evidence is weighed."""

    relevance: float  # what relevance adds to a candidate's strength, in the reader's own units
    shared: float  # and what a shared question adds
    weights: Weights
    line: float  # a probability: below it nothing is claimed
    languages: tuple[str, ...] = ()  # ISO 639 codes of those that the reader was taught; none: any

    def strength(self, evidence: Evidence) -> float:
        """What candidates are ordered by, in the reader's own units."""
        return evidence.margin + self.relevance * evidence.relevance + self.shared * evidence.shared

    def probability(self, evidence: Evidence, lead: float, passages: int) -> float:
        """How probable it is that the best candidate is right, 0 to 1.

        `lead` is its strength over the next one's; `passages` how many were read.
        """
        w, known = self.weights, features(evidence, lead, passages)
        logit: float = w.intercept + sum(getattr(w, name) * value for name, value in known.items())
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, logit))))

    @property
    def revision(self) -> str:
        """Tells one calibration from another."""
        return hashlib.sha256(self.dumps().encode()).hexdigest()[:6]

    def dumps(self) -> str:
        """The calibration as it stands in its file."""
        return json.dumps(asdict(self), indent=1) + "\n"

    @classmethod
    def load(cls, file: Path) -> "Calibration | None":
        """The calibration in a file; None where there is no file, ValueError where it is not one."""
        if not file.exists():
            return None
        try:
            found = json.loads(file.read_text())
            return cls(
                found["relevance"],
                found["shared"],
                Weights(**found["weights"]),
                found["line"],
                tuple(found.get("languages", ())),
            )
        except (KeyError, TypeError) as error:
            raise ValueError(f"{file} is not a calibration: {error!r}") from error


def features(evidence: Evidence, lead: float, passages: int) -> dict[str, float]:
    """What the probability is fitted on, by the names of its weights."""
    return {
        "margin": evidence.margin,
        "shared": evidence.shared,
        "around": evidence.around,
        "lead": min(lead, LEAD_LIMIT),
        "passages": math.log(max(passages, 1)),
        "unnamed": min(evidence.unnamed, UNNAMED_LIMIT),
    }
