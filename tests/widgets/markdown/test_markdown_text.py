"""What a reader sees of HTML, prices and formulas in Markdown; without a terminal."""

import pytest

from tui.widgets.markdown.markdown_text import MarkdownText


def seen(text: str, width: int = 100) -> str:
    """The text's lines as they are shown."""
    document = MarkdownText(text, width=width, finished=True)
    while not document.finished:
        document.step()
    return "\n".join("".join(part for part, _ in document.line(n).runs) for n in range(document.height))


def roles(text: str, word: str) -> set[str]:
    """The styles of a word."""
    document = MarkdownText(text, width=100, finished=True)
    document.step()
    runs = [run for n in range(document.height) for run in document.line(n).runs]
    return {str(role) for part, found in runs if word in part for role in found}


@pytest.mark.parametrize(
    "text",
    [
        "Put a <div> with a <p> into it. If a<b and c>d then stop. Use Foo<a> here.",
        "The tags <ul>, <li>, <span>, <strong> and <code> matter.",
        "Wrap it in <div></div> or in <b> </b>.",
        "Close it with </div>, then </p>.",
        "for (i = 0; i<b; i++) c>d; List<String> x; vector<int> v; Promise<void>",
        "if x<p then y>q, and x<s && y>t",
        "<think> is a tag of some models, and <T extends U> is none",
        "<div> is an element of blocks",
        "<p> starts a paragraph, <br is not whole",
        "<SUMMARY> I will look at the picture. </SUMMARY>",
    ],
)
def test_words_that_only_look_like_markup_stay(text: str) -> None:
    assert seen(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("one<br>two<br/>three", "one\ntwo\nthree"),
        ("<b>bold</b> and <kbd>ctrl</kbd>+<kbd>c</kbd>", "bold and ctrl+c"),
        ("<span style='color:red'>red <i>and</i> green</span>", "red and green"),
        ("H<sub>2</sub>O, x<sup>2</sup>, n<sup>th</sup>, a<sub>Q</sub>", "H₂O, x², nᵗʰ, a_Q"),
        ("<a href='https://x.y'>words</a>", "words (https://x.y)"),
        ("<a href='https://x.y'>https://x.y</a>", "https://x.y"),
        ("a<!-- nobody sees it -->b", "ab"),
        ("<img src='a.png' alt='a &amp; b'> end", "[image: a & b] (a.png) end"),
        ("the <b>first</b> and a lone <b> here", "the first and a lone <b> here"),
        ("<em>one <strong>two</em> three</strong>", "one <strong>two three</strong>"),
    ],
)
def test_markup_of_the_text_itself_goes(text: str, shown: str) -> None:
    assert seen(text) == shown


def test_markup_keeps_its_style() -> None:
    text = "<b>bold</b> plain <code>code</code> <em>lean</em> <del>gone</del>"
    assert [roles(text, word) for word in ("bold", "plain", "code", "lean", "gone")] == [
        {"@strong"}, set(), {"@code"}, {"@em"}, {"@strike"},
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("block", "shown"),
    [
        (
            '<div align="center">\n<h1>Title</h1>\n<p>Hello &amp; bye &lt;div&gt; &copy;</p>\n</div>',
            "Title\nHello & bye <div> ©",
        ),
        ('<div align="center">\n\n# Title\n\n</div>', "Title\n"),
        ("<p align='center'><a href='https://x.y'><img src='b.svg' alt='build'></a></p>", "[image: build] (b.svg)"),
        ("<details><summary>More</summary>\n\nHidden\n\n</details>", "More\n\nHidden\n"),
        ("<ul>\n<li>One\n<li><b>Two</b></li>\n</ul>", "• One\n• Two"),
        ("<table><tr><td>a</td><td>b</td></tr></table>", "a  b"),
        ("<div>\nsee <span> and a<b\n</div>", "see <span> and a<b"),
        ("<p>1 &#27;[31m &#x202e; &nbsp;2</p>", "1 [31m  \xa02"),
    ],
)
def test_blocks_of_html_are_their_words(block: str, shown: str) -> None:
    assert [line.rstrip() for line in seen(block).rstrip("\n").split("\n")] == shown.rstrip("\n").split("\n")


@pytest.mark.parametrize(
    "text",
    [
        "Il coûte 20$, 30$ ou 40$.",
        "Entre 5$ et 10$ par mois (7$).",
        "3 $, 4 $ oder 5 $",
        "from $5 to $10, or $5-$6, or US$7",
        "set ${a}-${b} and $HOME:$PATH",
    ],
)
def test_every_dollar_of_a_price_or_a_variable_stays(text: str) -> None:
    assert seen(text) == text


@pytest.mark.parametrize(
    ("formula", "shown"),
    [
        ("$x^2$", "x²"),
        ("costs 20$ and $x^2$ is", "costs 20$ and x² is"),
        ("$n$ and $a+b$", "n and a+b"),
        ("$\\frac{a+b}{2n}$", "(a+b)/(2n)"),
        ("$\\frac{1}{2n}$", "1/(2n)"),
        ("$\\frac{1}{2}$, $\\frac{a}{b}$, $\\frac{1}{12}$, $\\frac{1}{0.5}$", "1/2, a/b, 1/12, 1/(0.5)"),
        ("$\\frac{dy}{dx}$", "dy/dx"),
        ("$\\frac{\\text{hits}}{\\text{total}}$", "hits/total"),
        ("$\\frac{1}{ab}$", "1/(ab)"),
        ("$\\sqrt{2n}$, $\\sqrt{2}$, $\\sqrt{n}$", "√(2n), √2, √n"),
    ],
)
def test_a_formula_reads_as_what_it_means(formula: str, shown: str) -> None:
    assert seen(formula) == shown
