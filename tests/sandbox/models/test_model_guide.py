"""The guide answers from the documentation, word by word, and says when it cannot."""

import pytest

from tests.sandbox.models.served_model import Served, examples


@pytest.fixture(scope="module")
def guide(served) -> Served:
    return served("guide")


def ask(guide: Served, question: str) -> str:
    return "".join(guide.run({"prompt": question, "delay": 0})["output"])


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("How do I cancel a prediction?", "Press `c`"),
        ("stop a running job", "Press `c`"),
        ("How long are outputs kept?", "after one hour"),
        ("What are the exit codes?", "3 when there is no token"),
        ("How do I copy text over SSH?", "OSC 52"),
        ("Can I run without a token?", "--sandbox"),
        ("how to mark several rows", "`space`"),
        ("What is E1001?", "out of memory"),
        ("read-only mode", "--read-only"),
        ("is there a rate limit?", "600"),
        ("Which keys are there?", "`ctrl+p`"),
        ("Does litellm work with the sandbox?", "`REPLICATE_API_BASE` (litellm)"),
    ],
)
def test_a_question_is_answered_from_the_documentation(guide: Served, question: str, told: str) -> None:
    answer = ask(guide, question)
    assert told in answer
    assert "›" in answer, "the answer says where it is from"


@pytest.mark.parametrize(
    "question", ["Who painted the Mona Lisa?", "tell me a joke", "天気は?", "", "?!", "[/] \x1b[31m"]
)
def test_what_the_documentation_does_not_hold_is_not_made_up(guide: Served, question: str) -> None:
    answer = ask(guide, question)
    assert "nothing about that" in answer
    assert "How do I cancel a prediction?" in answer


def test_a_chat_sent_as_one_prompt_is_answered_at_its_last_turn(guide: Served) -> None:
    talk = "User: What is the sandbox?\nAssistant: A local Replicate.\nUser: How do I cancel a prediction?\nAssistant:"
    assert "Press `c`" in ask(guide, talk)


def test_the_answer_comes_in_words_with_its_metrics(guide: Served) -> None:
    with guide.events({**examples("guide")[0], "delay": 0}, "words") as events:
        seen = list(events)
    words = [data["chunk"] for kind, data in seen if kind == "output"]
    done = seen[-1][1]
    assert len(words) > 20
    assert "".join(words) == "".join(done["output"])
    assert done["metrics"]["output_token_count"] == len(words)
    assert done["metrics"]["input_token_count"] == 6


def test_max_tokens_ends_the_answer(guide: Served) -> None:
    done = guide.run({"prompt": "How do I cancel a prediction?", "max_tokens": 5, "delay": 0})
    assert len(done["output"]) == 5


def test_a_slow_answer_ends_when_it_is_canceled(guide: Served) -> None:
    with guide.events({"prompt": "Which keys are there?", "delay": 2}, "slow") as events:
        for kind, _ in events:
            if kind == "output":
                assert guide.cancel("slow") == 200
                break
        assert list(events)[-1][1]["status"] == "canceled"
