"""How a label is read, said in words; and what errors say of labels that stand for no area."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from . import _core
from ._areas_known import known, name_of

__all__ = ["Explanation", "confidence_said", "language_said", "near", "near_said", "reason", "refusal"]

#: Labels that an error names one by one.
_NAMED = 5

_RULES = {
    "override": "your override",
    "own code": "its code",
    "usage of the source": "the usage of the source",
    "name in another language": "a name in another language",
    "spelling but for blanks": "its spelling, but for blanks",
    "words of the name": "the words of its name",
    "abbreviation": "an abbreviation",
    "alpha-3 code in small letters": "its alpha-3 code, in small letters",
    "code of other lists": "a code on which all lists agree that have it",
    "name with lost letters": "its name, of which letters were lost",
    "misspelt name": "its name, misspelt",
    "damaged name": "its name, damaged by a wrong encoding",
    "name with a remark": "its name, beside a remark",
    "name without what it leaves out": "its name, beside what is left out",
    "name with what it included": "its name and what it included",
    "name with a year": "its name, beside a year",
    "name with its end": "its name and the year of its end",
    "name with its beginning": "its name and the year of its beginning",
    "code and name": "a code and a name that agree",
    "name and code": "a name and a code that agree",
    "two names": "two names that agree",
    "territory and its state": "the names of a territory and of its state",
    "former state and successor": "the names of a former state and of its successor",
}

_KINDS = {
    "former": "a former state",
    "aggregate": "a region, group or total",
    "residual": "a residual",
}

_LANGUAGES = {
    "af": "Afrikaans", "am": "Amharic", "ar": "Arabic", "az": "Azerbaijani", "be": "Belarusian", "bg": "Bulgarian",
    "bn": "Bangla", "bs": "Bosnian", "ca": "Catalan", "cs": "Czech", "cy": "Welsh", "da": "Danish", "de": "German",
    "el": "Greek", "en": "English", "es": "Spanish", "et": "Estonian", "eu": "Basque", "fa": "Persian",
    "fi": "Finnish", "fil": "Filipino", "fr": "French", "ga": "Irish", "gl": "Galician", "gu": "Gujarati",
    "ha": "Hausa", "he": "Hebrew", "hi": "Hindi", "hr": "Croatian", "hu": "Hungarian", "hy": "Armenian",
    "id": "Indonesian", "ig": "Igbo", "is": "Icelandic", "it": "Italian", "ja": "Japanese", "jv": "Javanese",
    "ka": "Georgian", "kk": "Kazakh", "km": "Khmer", "kn": "Kannada", "ko": "Korean", "ky": "Kyrgyz", "lo": "Lao",
    "lt": "Lithuanian", "lv": "Latvian", "mk": "Macedonian", "ml": "Malayalam", "mn": "Mongolian", "mr": "Marathi",
    "ms": "Malay", "my": "Burmese", "ne": "Nepali", "nl": "Dutch", "nn": "Norwegian Nynorsk", "no": "Norwegian",
    "pa": "Punjabi", "pl": "Polish", "ps": "Pashto", "pt": "Portuguese", "ro": "Romanian", "ru": "Russian",
    "sd": "Sindhi", "si": "Sinhala", "sk": "Slovak", "sl": "Slovenian", "so": "Somali", "sq": "Albanian",
    "sr": "Serbian", "sv": "Swedish", "sw": "Swahili", "ta": "Tamil", "te": "Telugu", "tg": "Tajik", "th": "Thai",
    "ti": "Tigrinya", "tk": "Turkmen", "tr": "Turkish", "uk": "Ukrainian", "ur": "Urdu", "uz": "Uzbek",
    "vi": "Vietnamese", "wo": "Wolof", "xh": "Xhosa", "yo": "Yoruba", "yue": "Cantonese", "zh": "Chinese",
    "zu": "Zulu",
}  # fmt: skip


@dataclass(frozen=True, repr=False)
class Explanation:
    """How a label is read, and why; printed, it says so in words.

    Attributes
    ----------
    label : str
        The label.
    code : str or None
        Its code, if it stands for one area.
    state : str
        ``matched``, ``former``, ``aggregate``, ``residual``, ``unknown`` or ``ambiguous``.
    rule : str or None
        How it was found, such as ``alpha-2 code``, ``English name`` or ``misspelt name``.
    outlived : bool
        Whether it is a former state that had ended before the year asked for.
    candidates : tuple of str
        Codes of the areas that an ambiguous label may mean.
    near : tuple of (str, str)
        For an unknown label: names that read like it, and their codes.
    year : int or None
        The year asked for.
    confidence : float or None
        How sure the reading is, from 0 to 1; below 1 it is a guess.
    read_as, language, source : str or None
        The spelling that it was read as, its language as CLDR writes it, and where that spelling is from.
    reason : str or None
        Why it is no area, where that is known: ``capital of RUS``.
    """

    label: str
    code: str | None
    state: str
    rule: str | None
    outlived: bool
    candidates: tuple[str, ...]
    near: tuple[tuple[str, str], ...]
    year: int | None = None
    confidence: float | None = None
    read_as: str | None = None
    language: str | None = None
    source: str | None = None
    reason: str | None = None

    def __repr__(self) -> str:
        if self.state == "ambiguous":
            return self._ambiguous()
        return self._unknown() if self.code is None else self._found(self.code)

    @property
    def _when(self) -> str:
        return "" if self.year is None else f" in {self.year}"

    def _ambiguous(self) -> str:
        width = max(map(len, self.candidates))
        listed = [f"  {code:<{width}}  {name_of(code)}" for code in self.candidates]
        head = f'"{self.label}" may mean several areas{self._when}:'
        return "\n".join([head, *listed, f"say which: {_override(self.label, self.candidates)}"])

    def _unknown(self) -> str:
        if not self.label.strip():
            return f'"{self.label}" is blank'
        lines = [f'"{self.label}" is not known{self._when}']
        if self.reason is not None:
            lines = [f'"{self.label}" is no area: {_with_name(self.reason)}']
        elif self.near:
            lines.append(f"  names that read like it: {near_said(self.near)}")
        else:
            lines.append("  no name reads like it")
        return "\n".join([*lines, f"if you know the area: {_override(self.label, ())}"])

    def _found(self, code: str) -> str:
        area = known()[code]
        lines = [f'"{self.label}" is {area.code}, {area.name}']
        if self.state in _KINDS:
            years = f", {area.from_year}–{area.to_year}" if area.from_year and area.to_year else ""
            lines.append(f"  {_KINDS[self.state]}{years}")
        lines.append(f"  found by {self._rule()}{self._spelling()}")
        if self.confidence is not None and self.confidence < 1:
            sure, confirmed = confidence_said(self.confidence), _override(self.label, [code])
            lines.append(f"  a guess of confidence {sure}: confirm it by {confirmed}")
        if self.outlived:
            after = ", ".join(f"{code} ({name_of(code)})" for code in area.successors)
            lines.append(f"  it had ended before {self.year}; where it stood: {after or 'no area of its own'}")
        return "\n".join(lines)

    def _rule(self) -> str:
        if self.rule == "name in a language" and self.language:
            return f"its name in {language_said(self.language)}"
        return _RULES.get(self.rule or "", f"its {self.rule}")

    def _spelling(self) -> str:
        """Say what it was read as, where the label does not say that itself."""
        if self.read_as is None or self.rule == "English name":
            return ""
        tongue = self.language not in (None, "en") and self.rule != "name in a language"
        said = [language_said(self.language)] if tongue and self.language else []
        said += [self.source] if self.source else []
        return f': "{self.read_as}"' + (f" ({'; '.join(said)})" if said else "")


def language_said(language: str) -> str:
    """Name a language in English, where it is a common one."""
    own, _, region = language.partition("-")
    if own not in _LANGUAGES:
        return f'the language "{language}"'
    return _LANGUAGES[own] + (f" ({region})" if region else "")


def confidence_said(confidence: float) -> str:
    """Write a confidence; what is not certain is not written as 1."""
    return f"{min(confidence, 0.99) if confidence < 1 else 1:.2f}"


def near(label: str, most: int = 3) -> tuple[tuple[str, str], ...]:
    """Names that read like a label, and their codes; those that mean several areas themselves are no help."""
    found = _core.near_areas(label, most + 2)
    times = Counter(name for name, _ in found)
    return tuple(pair for pair in found if times[pair[0]] == 1)[:most]


def near_said(found: Iterable[tuple[str, str]]) -> str:
    """Write near names."""
    return ", ".join(f"{name} ({code})" for name, code in found)


def reason(label: str) -> str | None:
    """Say why a label stands for no area, where that is known: "capital of RUS"."""
    found = _core.why_no_area(label)
    if found is None:
        return None
    why, of = found
    where = {"city": "in"}.get(why, "of")
    return f"{why} {where} {of}" if of else why


def _with_name(why: str) -> str:
    """Add the name to the code at the end."""
    code = why.rpartition(" ")[2]
    return f"{why} ({name_of(code)})" if code in known() else why


def _override(label: str, codes: Sequence[str]) -> str:
    return "overrides=" + " or ".join(f'{{{quoted(label)}: "{code}"}}' for code in codes or ("...",))


def quoted(label: str) -> str:
    """Write a label as it stands in a program."""
    return json.dumps(label, ensure_ascii=False)


def refusal(unresolved: Sequence[tuple[str, int, list[str]]], *, with_rows: bool = True, advice: bool = True) -> str:
    """Say which labels stand for no area, and what they may mean."""
    said = []
    for label, row, candidates in unresolved[:_NAMED]:
        where = f"row {row}: " if with_rows and advice else ""
        said.append(f'{where}"{label}" {_may_be(label, candidates)}')
    if not advice:
        return said[0]
    if len(unresolved) > _NAMED:
        said.append(f"and {len(unresolved) - _NAMED:,} more")
    count = len(unresolved)
    head = "" if count == 1 else f"{count:,} labels stand for no single area\n  "
    example = next((label for label, _, _ in unresolved if label.strip()), "label")
    tail = f'say what is meant with overrides={{{quoted(example)}: "code"}}, or take on_unresolved="null" or "keep"'
    return head + "\n  ".join(said) + ("\n" if count > 1 else "; ") + tail


def _may_be(label: str, candidates: Sequence[str]) -> str:
    if candidates:
        *some, last = [f"{code} ({name_of(code)})" for code in candidates]
        return f"may be {', '.join(some)} or {last}" if some else f"may be {last}"
    if not label.strip():
        return "is blank"
    why = reason(label)
    if why is not None:
        return f"is no area: {_with_name(why)}"
    found = near_said(near(label))
    return f"is not known{f'; names that read like it: {found}' if found else ''}"
