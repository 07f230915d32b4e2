"""openapi_schema → fields → values → checked input; pure."""

from tui.forms.changes import Change, compare
from tui.forms.field import MISSING, Field, Kind, Missing, OutputKind
from tui.forms.files import FileInput, Invalid, missing_file
from tui.forms.form import Checked, Form, Problem, redact
from tui.forms.quick import UNSURE, Reader, reader_of
from tui.forms.redaction import REDACTED
from tui.forms.values import load_json, parse_text, to_text

__all__ = [
    "MISSING",
    "REDACTED",
    "UNSURE",
    "Change",
    "Checked",
    "Field",
    "FileInput",
    "Form",
    "Invalid",
    "Kind",
    "Missing",
    "OutputKind",
    "Problem",
    "Reader",
    "compare",
    "load_json",
    "missing_file",
    "parse_text",
    "reader_of",
    "redact",
    "to_text",
]
