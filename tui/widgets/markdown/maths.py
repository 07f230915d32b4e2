"""LaTeX maths as readable text: its rules for the Markdown parser, and the symbols for its commands."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock
    from markdown_it.rules_inline import StateInline

LONGEST = 4_000
"""Characters within which a formula must end."""


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "varepsilon": "ε", "zeta": "ζ",
    "eta": "η", "theta": "θ", "vartheta": "ϑ", "iota": "ι", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν",
    "xi": "ξ", "pi": "π", "varpi": "ϖ", "rho": "ρ", "varrho": "ϱ", "sigma": "σ", "varsigma": "ς", "tau": "τ",
    "upsilon": "υ", "phi": "φ", "varphi": "ϕ", "chi": "χ", "psi": "ψ", "omega": "ω", "Gamma": "Γ", "Delta": "Δ",
    "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π", "Sigma": "Σ", "Upsilon": "Υ", "Phi": "Φ", "Psi": "Ψ",
    "Omega": "Ω",
}  # fmt: skip
_SPACED = {
    "times": "×", "cdot": "·", "div": "÷", "pm": "±", "mp": "∓", "leq": "≤", "le": "≤", "geq": "≥", "ge": "≥",
    "neq": "≠", "ne": "≠", "approx": "≈", "equiv": "≡", "sim": "∼", "simeq": "≃", "cong": "≅", "propto": "∝",
    "ll": "≪", "gg": "≫", "in": "∈", "notin": "∉", "ni": "∋", "subset": "⊂", "subseteq": "⊆", "supset": "⊃",
    "supseteq": "⊇", "cup": "∪", "cap": "∩", "setminus": "∖", "to": "→", "rightarrow": "→", "leftarrow": "←",
    "Rightarrow": "⇒", "Leftarrow": "⇐", "leftrightarrow": "↔", "Leftrightarrow": "⇔", "iff": "⇔",
    "implies": "⇒", "mapsto": "↦", "longrightarrow": "⟶", "land": "∧", "wedge": "∧", "lor": "∨", "vee": "∨",
    "oplus": "⊕", "otimes": "⊗", "mid": "|", "parallel": "∥", "perp": "⊥", "vdash": "⊢", "models": "⊨",
    "ast": "∗", "circ": "∘", "star": "⋆", "bmod": "mod", "colon": ":",
}  # fmt: skip
_PLAIN = {
    "sum": "∑", "prod": "∏", "int": "∫", "iint": "∬", "oint": "∮", "infty": "∞", "partial": "∂", "nabla": "∇",
    "forall": "∀", "exists": "∃", "nexists": "∄", "emptyset": "∅", "varnothing": "∅", "neg": "¬", "lnot": "¬",
    "ell": "ℓ", "hbar": "ℏ", "Re": "ℜ", "Im": "ℑ", "aleph": "ℵ", "angle": "∠", "degree": "°", "prime": "′",
    "ldots": "…", "dots": "…", "cdots": "⋯", "vdots": "⋮", "ddots": "⋱", "langle": "⟨", "rangle": "⟩",
    "lfloor": "⌊", "rfloor": "⌋", "lceil": "⌈", "rceil": "⌉", "lvert": "|", "rvert": "|", "Vert": "‖", "lVert": "‖",
    "rVert": "‖", "quad": "  ", "qquad": "    ", "therefore": "∴", "because": "∵", "square": "□", "blacksquare": "∎",
    "bigcup": "⋃", "bigcap": "⋂", "top": "⊤", "bot": "⊥", "dagger": "†", "backslash": "\\", "lbrace": "{",
    "rbrace": "}", "checkmark": "✓",
}  # fmt: skip
_NAMES = _set(
    "sin cos tan cot sec csc arcsin arccos arctan sinh cosh tanh log ln lg exp lim limsup liminf max min sup inf "
    "det dim ker deg gcd arg Pr mod argmax argmin"
)
_DOUBLE = dict(zip("CHNPQRZE", "ℂℍℕℙℚℝℤ𝔼", strict=True))
_ACCENTS = {"hat": "\u0302", "widehat": "\u0302", "bar": "\u0304", "overline": "\u0304", "vec": "\u20d7",
            "tilde": "\u0303", "widetilde": "\u0303", "dot": "\u0307", "ddot": "\u0308"}  # fmt: skip
_WORDS = _set(
    "text textbf textit textrm mathrm mathbf mathit mathsf mathtt mathcal mathscr mathfrak boldsymbol bm "
    "operatorname mbox boxed underline"
)
_FACTORS = _set(
    "sum prod int iint oint infty partial nabla ell hbar langle lfloor lceil lvert lVert frac dfrac tfrac cfrac binom "
    "sqrt mathbb left"
)
"""Commands that begin a factor, beside letters, names and accents."""
_DROPPED = _set(
    "left right big Big bigl bigr Bigl Bigr bigg Bigg displaystyle textstyle limits nolimits nonumber label tag "
    "hline centering"
)
_UP = str.maketrans("0123456789+-=()abcdefghijklmnoprstuvwxyzT′*", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᵀ′*")
_DOWN = str.maketrans("0123456789+-=()aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ")
_TOKEN = re.compile(r"\\([A-Za-z]+)\*?|\\(.)|([{}^_&])|(\s+)|(.)", re.DOTALL)
_SIGNS = re.compile(r"[\\^_{}]")
_WORD = re.compile(r"[A-Za-z]{2}")
_ONE = re.compile(r"\d+(?:\.\d+)?|.|d[A-Za-z]|[A-Za-z]{3,}", re.DOTALL)
"""One factor: a number, a letter, a differential, a word."""
_SPACES = re.compile(r" {2,}")


def readable(formula: str) -> str:
    """A formula as text: `\\frac{a}{b}` becomes `a/b`, `x^2` becomes `x²`; what is not known stays as it is."""
    if len(formula) > LONGEST:
        return formula
    lines = [_SPACES.sub(" ", line).strip() for line in _Reader(formula).all().split("\n")]
    return "\n".join(line for line in lines if line)


class _Reader:
    """Reads a formula from left to right."""

    def __init__(self, formula: str) -> None:
        self._tokens = [match.groups() for match in _TOKEN.finditer(formula)]
        self._at = 0
        self._depth = 0

    def all(self) -> str:
        parts: list[str] = []
        while self._at < len(self._tokens):
            parts.append(self._group(until_brace=False))
        return "".join(parts)

    def _group(self, *, until_brace: bool) -> str:
        parts: list[str] = []
        while self._at < len(self._tokens):
            if self._tokens[self._at][2] == "}":
                self._at += 1
                if until_brace:
                    break
                continue
            part = self._one()
            if part and part[0] == "\u2003":
                # A raised or lowered part belongs to what stands before it.
                while parts and parts[-1].isspace():
                    parts.pop()
                part = part[1:]
            parts.append(part)
        return "".join(parts)

    def _one(self) -> str:
        name, escaped, sign, space, char = self._tokens[self._at]
        self._at += 1
        if name is not None:
            return self._command(name)
        if escaped is not None:
            return {"\\": "\n", ",": " ", ";": " ", ":": " ", " ": " ", "!": "", "|": "‖"}.get(escaped, escaped)
        if space is not None:
            return " "
        if sign == "{":
            self._depth += 1
            if self._depth > 40:
                return "{"
            inner = self._group(until_brace=True)
            self._depth -= 1
            return inner
        if sign == "^":
            return "\u2003" + _script(self._argument(), _UP, "^")
        if sign == "_":
            return "\u2003" + _script(self._argument(), _DOWN, "_")
        if sign == "&":
            return " "
        return char or ""

    def _argument(self) -> str:
        while self._at < len(self._tokens) and self._tokens[self._at][3] is not None:
            self._at += 1
        if self._at >= len(self._tokens) or self._tokens[self._at][2] == "}":
            return ""
        return self._one().strip("\u2003")

    def _multiplies(self) -> bool:
        """Whether what follows is a factor: `1/n` before a sum would read as one part by n sums."""
        for name, _, sign, space, char in self._tokens[self._at :]:
            if space is None:
                known = name in _GREEK or name in _FACTORS or name in _NAMES or name in _ACCENTS or name in _WORDS
                return known or sign == "{" or (char is not None and (char.isalnum() or char == "("))
        return False

    def _optional(self) -> str:
        if self._at < len(self._tokens) and self._tokens[self._at][4] == "[":
            end = self._at + 1
            while end < len(self._tokens) and self._tokens[end][4] != "]":
                end += 1
            inner = "".join(part for token in self._tokens[self._at + 1 : end] for part in token[1:] if part)
            self._at = end + 1
            return inner
        return ""

    def _command(self, name: str) -> str:
        if name in _GREEK or name in _PLAIN:
            return _GREEK.get(name) or _PLAIN[name]
        if name in _SPACED:
            return f" {_SPACED[name]} "
        if name in _NAMES:
            return f"{name} " if self._at < len(self._tokens) and self._tokens[self._at][4] not in ("(", None) else name
        if name in ("frac", "dfrac", "tfrac", "cfrac"):
            fraction = f"{_held(self._argument())}/{_held_as_one(self._argument())}"
            return f"({fraction})" if self._multiplies() else fraction
        if name in ("binom", "dbinom"):
            return f"C({self._argument()}, {self._argument()})"
        if name == "sqrt":
            root = self._optional()
            sign = {"": "√", "3": "∛", "4": "∜"}.get(root) or f"{root.translate(_UP)}√"
            return sign + _held_as_one(self._argument())
        if name == "mathbb":
            return "".join(_DOUBLE.get(char, char) for char in self._argument())
        if name in _ACCENTS:
            inner = self._argument()
            return "".join(char + _ACCENTS[name] for char in inner) if len(inner) <= 3 else inner
        if name in _WORDS:
            return self._argument()
        if name in ("begin", "end"):
            self._argument()
            return "\n" if name == "begin" else ""
        if name in ("pmod", "pod"):
            return f" (mod {self._argument()})"
        return "" if name in _DROPPED else f"\\{name}"


def _held(text: str) -> str:
    """A part of a fraction, in brackets where it would be read wrongly without."""
    text = text.strip()
    return text if len(text) <= 1 or (text.isascii() and text.isalnum()) else f"({text})"


def _held_as_one(text: str) -> str:
    """What is divided by, or under a root, in brackets where only its first factor would be taken: `1/2n`."""
    held = _held(text)
    return held if held.startswith("(") or _ONE.fullmatch(held) else f"({held})"


def script(text: str, name: str) -> str:
    """The text raised (`sup`) or lowered (`sub`), by signs where there are any for it."""
    return _script(text, _UP, "^") if name == "sup" else _script(text, _DOWN, "_")


def _script(text: str, table: dict[int, int], sign: str) -> str:
    text = text.strip()
    if text in ("∘", "°") and sign == "^":
        return "°"
    if text and all(ord(char) in table or char == " " for char in text):
        return text.replace(" ", "").translate(table)
    return f"{sign}{text}" if len(text) <= 1 else f"{sign}({text})"


# The rules for the parser


def add_rules(parser: MarkdownIt) -> None:
    r"""Has the parser know `\(…\)`, `\[…\]`, `$$…$$` and, where it looks like a formula, `$…$`."""
    parser.inline.ruler.before("escape", "maths", _inline)
    parser.block.ruler.before("fence", "maths_block", _block, {"alt": ["paragraph", "blockquote", "list"]})


_PAIRS = (("\\(", "\\)"), ("\\[", "\\]"), ("$$", "$$"), ("$", "$"))


def _inline(state: StateInline, silent: bool) -> bool:
    source, at = state.src, state.pos
    if source[at] not in "\\$":
        return False
    for opening, closing in _PAIRS:
        if not source.startswith(opening, at):
            continue
        start = at + len(opening)
        end = source.find(closing, start, start + LONGEST)
        if end <= start:
            return False
        inner = source[start:end]
        if opening == "$":
            after = source[end + 1 : end + 2]
            if inner[0].isspace() or inner[-1].isspace() or inner[-1] == "\\" or "`" in inner:
                return False
            if after.isalnum() or after == "{" or inner[0] in ",.;:!?)":
                return False
            if source[at - 1 : at].isdigit():
                # A price with its sign behind: `20$, 30$`.
                return False
            if _SIGNS.search(inner) is None and _WORD.search(inner) is not None:
                # Prices and variables of a shell.
                return False
        if not silent:
            token = state.push("maths", "", 0)
            token.content = inner
            token.markup = opening
        state.pos = end + len(closing)
        return True
    return False


def _block(state: StateBlock, first: int, last: int, silent: bool) -> bool:
    if state.is_code_block(first):
        return False
    start = state.bMarks[first] + state.tShift[first]
    opening = state.src[start : start + 2]
    if opening not in ("\\[", "$$"):
        return False
    closing = "\\]" if opening == "\\[" else "$$"
    line = first
    while line < last:
        begin = state.bMarks[line] + state.tShift[line] + (2 if line == first else 0)
        text = state.src[begin : state.eMarks[line]].rstrip()
        if text.endswith(closing):
            break
        if line > first and not text and state.src[start : state.eMarks[line]].count("\n") > 60:
            return False
        if closing in text:
            return False
        line += 1
    else:
        return False
    if silent:
        return True
    lines = state.src[start + 2 : state.eMarks[line]].rstrip()
    token = state.push("maths_block", "", 0)
    token.block = True
    token.content = lines[: -len(closing)].strip("\n")
    token.markup = opening
    token.map = [first, line + 1]
    state.line = line + 1
    return True
