"""Why a job failed is the container's last exception in its log, for `FailureReason` is cut off before it."""

from pathlib import Path
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError

from ebb.deploy_endpoint.failed_training import LAST_LINES, failure_sentence, last_lines
from tests.unit.ebb.deploy_endpoint.fake_logs import Logs

# What failing jobs of the local container printed, under the real one's paths.
LOGS = Path(__file__).parents[3] / "data" / "training_logs"
SENTENCES = {
    "hyperparameter_out_of_range": "Hyperparameter subsample: 1.7 is not in (0, 1]",
    "label_out_of_range": "SoftmaxMultiClassObj: label must be discrete values in the range of [0, num_class).",
    "infinite_feature": "Input data contains `inf` or a value too large, while `missing` is not set to `inf`",
    "parameter_with_its_help": "value 1 for Parameter max_bin should be greater equal to 2; "
    "max_bin: if using histogram-based algorithm, maximum number of bins per feature",
    "not_utf8": "UnicodeDecodeError: 'utf-8' codec can't decode byte 0xe4 in position 0: invalid continuation byte",
    "more_columns_held_out": "Number of columns does not match number of features in booster.",
    "nan_label": "Check failed: std::none_of(base_score.cbegin(), base_score.cend(), "
    "[](float v) { return std::isnan(v) || std::isinf(v); }):",
}
STACK_TRACE = [
    "Stack trace:",
    *(f"  [bt] ({n}) /usr/lib/libxgboost.so(+0x1103{n}e) [0x7feb7e91031e]" for n in range(9)),
]


def _lines(name: str) -> list[str]:
    return (LOGS / f"{name}.txt").read_text().splitlines()


@pytest.mark.parametrize("name", SENTENCES)
def test_the_sentence_that_matters_is_found_in_a_real_log(name: str) -> None:
    assert failure_sentence(_lines(name)) == SENTENCES[name]


@pytest.mark.parametrize("name", ["label_out_of_range", "infinite_feature", "more_columns_held_out"])
def test_stack_traces_behind_the_sentence_do_not_hide_it(name: str) -> None:
    """As the container of AWS prints it: xgboost's whole text, first in the traceback, then once more."""
    *before, exception, check, _, again, check_again = _lines(name)
    log = [*before, exception, check, *STACK_TRACE, "", "", "", again, check_again, *STACK_TRACE, "", ""]
    assert failure_sentence(log) == SENTENCES[name]


@pytest.mark.parametrize("name", SENTENCES)
def test_a_log_without_its_blank_lines_says_the_same(name: str) -> None:
    assert failure_sentence([line for line in _lines(name) if line.strip()]) == SENTENCES[name]


@pytest.mark.parametrize("name", SENTENCES)
def test_what_is_printed_afterwards_changes_nothing(name: str) -> None:
    assert (
        failure_sentence([*_lines(name), "", "2026-11-22 16:00:00 sagemaker-training ERROR exit code 1"])
        == (SENTENCES[name])
    )


@pytest.mark.parametrize(
    ("raised", "sentence"),
    [
        ("KeyError: 'objective'", "KeyError: 'objective'"),
        ("KeyboardInterrupt", "KeyboardInterrupt"),
        ("xgboost.core.XGBoostError: [12:00:01] /workspace/src/a.cc:1: too bad", "too bad"),
        ("sagemaker_algorithm_toolkit.exceptions.UserError: ", "UserError"),
    ],
)
def test_an_exception_is_named_where_its_message_alone_says_too_little(raised: str, sentence: str) -> None:
    assert failure_sentence(["Traceback (most recent call last):", '  File "a.py", line 1, in b', raised]) == sentence


@pytest.mark.parametrize("name", ["label_out_of_range", "parameter_with_its_help"])
def test_a_log_that_ends_inside_its_last_traceback_is_told_by_the_one_before(name: str) -> None:
    lines = _lines(name)
    last = max(number for number, line in enumerate(lines) if line.startswith("Traceback"))
    assert failure_sentence(lines[: last + 5]) == SENTENCES[name]


@pytest.mark.parametrize(
    "lines",
    [
        [],
        ["   "],
        ["[0]#011train-rmse:8.09"],
        _lines("completed"),
        ["Traceback (most recent call last):"],
        ["Traceback (most recent call last):", '  File "a.py", line 1, in b'],
    ],
)
def test_a_log_without_a_whole_traceback_has_no_sentence(lines: list[str]) -> None:
    assert failure_sentence(lines) is None


def _last_lines(logs: Logs) -> list[str]:
    return last_lines(cast("Any", logs), "job")


def test_the_end_of_the_jobs_own_log_is_read() -> None:
    said = [str(number) for number in range(LAST_LINES + 5)]
    logs = Logs({"job-2/algo-1-17": ["other"], "job/algo-1-1795361449": said})
    assert _last_lines(logs) == said[5:]


@pytest.mark.parametrize("logs", [Logs(None), Logs({}), Logs({"job-2/algo-1-17": ["other"]})])
def test_no_log_yet_is_no_lines(logs: Logs) -> None:
    assert _last_lines(logs) == []


def test_a_log_that_may_not_be_read_is_an_error() -> None:
    with pytest.raises(ClientError, match="AccessDenied"):
        _last_lines(Logs(None, code="AccessDeniedException"))
