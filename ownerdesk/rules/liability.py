"""Wording that admits liability, which no member of staff may write in the company's name (S10)."""

from __future__ import annotations

import re

from ownerdesk.rules.refusals import Refusal


class AdmitsLiability(Refusal):
    """A text for an owner admits fault or liability; `phrase` is where."""

    def __init__(self, phrase: str) -> None:
        super().__init__("the text admits liability")
        self.phrase = phrase


_PHRASES = (
    r"(?:it|this|that) (?:is|was) (?:all )?(?:our|my) (?:own )?(?:fault|mistake)",
    r"(?:our|my) (?:own )?(?:fault|negligence)",
    r"(?:we|i) (?:are|am|were|was) (?:liable|at fault|to blame|negligent|legally responsible)",
    r"(?:we|i) (?:admit|accept|acknowledge) (?:full |all )?(?:liability|fault|guilt)",
    r"(?:we|i) (?:will|shall) (?:pay|compensate)(?: you)? for (?:all |any |the |your )*(?:damages?|losses|loss)",
    r"(?:es|fue|ha sido) (?:culpa|negligencia) (?:nuestra|mía)",
    r"(?:nuestra|mi) (?:culpa|negligencia)",
    r"somos (?:responsables de los daños|culpables)",
    r"(?:admitimos|asumimos|reconocemos) (?:toda )?(?:la |nuestra )?(?:responsabilidad|culpa)",
    r"(?:le |les )?(?:indemnizaremos|pagaremos (?:todos )?los daños)",
    r"(?:是|都是)(?:我们|我|公司)的(?:错|过错|过失|责任)",
    r"(?:我们|公司|我)(?:愿意|会|将)?承担(?:全部|一切|所有)?(?:法律)?责任",
    r"(?:我们|公司|我)(?:会|将)?赔偿(?:您的?)?(?:一切|全部|所有)?损失",
)
_ADMITS = re.compile("|".join(rf"(?:{phrase})" for phrase in _PHRASES), re.IGNORECASE)


def check_admits_nothing(text: str) -> None:
    """Raises AdmitsLiability. It knows the usual phrases, in the languages that owners are answered in."""
    found = _ADMITS.search(" ".join(text.split()))
    if found is not None:
        raise AdmitsLiability(found[0])
