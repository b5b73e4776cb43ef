"""A matrix is refused before it is paid for when the instance cannot hold it; a volume grows with the data."""

import botocore.session
import pytest

from ebb.problems import Code
from ebb.start_training.instance_types import GIB, MEMORY_GIB, matrix_problem, volume_gb

USUAL = "ml.m5.*,ml.m6i.*,ml.c5.*"
ROWS_OF_A_GIB = GIB // 12  # of one feature


@pytest.mark.parametrize(
    ("name", "gib"),
    [
        *(("ml.m5.large", 8), ("ml.m5.xlarge", 16), ("ml.m5.12xlarge", 192), ("ml.m5.24xlarge", 384)),
        *(("ml.m4.10xlarge", 160), ("ml.c4.xlarge", 7.5), ("ml.c4.8xlarge", 60), ("ml.c5.9xlarge", 72)),
        *(("ml.c5.18xlarge", 144), ("ml.r5.large", 16), ("ml.r5.24xlarge", 768), ("ml.m6i.32xlarge", 512)),
        *(("ml.c6i.32xlarge", 256), ("ml.m7i.48xlarge", 768), ("ml.c7i.large", 4), ("ml.r7i.48xlarge", 1536)),
    ],
)
def test_memory_is_what_aws_publishes(name: str, gib: float) -> None:
    assert MEMORY_GIB[name] == gib


def test_every_type_is_one_that_sagemaker_trains_on_and_no_size_of_its_family_is_left_out() -> None:
    shape = botocore.session.get_session().get_service_model("sagemaker").shape_for("TrainingInstanceType")
    families = {name.rpartition(".")[0] for name in MEMORY_GIB}
    assert {name for name in shape.enum if name.rpartition(".")[0] in families} == set(MEMORY_GIB)  # type: ignore[attr-defined]


def test_a_matrix_that_fits_to_the_last_byte_is_no_problem() -> None:
    assert matrix_problem(16 * ROWS_OF_A_GIB, 1, "ml.m5.xlarge", USUAL) is None
    assert matrix_problem(16 * ROWS_OF_A_GIB // 100, 100, "ml.m5.xlarge", USUAL) is None


@pytest.mark.parametrize(
    ("gib", "allowed", "named"),
    [
        (17, USUAL, "ml.m5.2xlarge"),
        (17, "ml.c5.*,ml.c6i.*", "ml.c5.4xlarge"),
        (33, USUAL, "ml.m5.4xlarge"),
        (400, USUAL, "ml.m6i.32xlarge"),
        (17, "ml.m5.xlarge,ml.r5.2xlarge", "ml.r5.2xlarge"),
    ],
)
def test_a_matrix_that_does_not_fit_is_told_the_smallest_allowed_type_that_holds_it(
    gib: int, allowed: str, named: str
) -> None:
    problem = matrix_problem(gib * ROWS_OF_A_GIB, 1, "ml.m5.xlarge", allowed)
    assert problem
    assert problem.code is Code.TOO_LARGE_FOR_INSTANCE
    assert f"about {gib}.0 GiB of memory; ml.m5.xlarge has 16 GiB" in problem.problem
    assert f'instance_type = "{named}"' in problem.remedy


def test_a_matrix_that_no_allowed_type_holds_is_told_so() -> None:
    problem = matrix_problem(600 * ROWS_OF_A_GIB, 1, "ml.m5.xlarge", USUAL)
    assert problem
    assert problem.remedy.startswith("No type in AllowedInstanceTypes holds it")


def test_of_a_type_that_is_not_known_nothing_is_said() -> None:
    assert matrix_problem(10**12, 100, "ml.g5.xlarge", "*") is None


@pytest.mark.parametrize(
    ("train", "validation", "gb"),
    [(0, 0, 10), (2 * GIB, GIB // 2, 10), (2 * GIB, GIB // 2 + 1, 11), (4 * GIB, GIB, 15), (900 * GIB, 0, 1024)],
)
def test_a_volume_holds_the_data_twice_and_five_gigabytes_more(train: int, validation: int, gb: int) -> None:
    assert volume_gb(10, {"train": train, "validation": validation}) == gb
