"""`ebb uninstall` beside a function that was still running when its queue was switched off."""

from __future__ import annotations

from cli.stack.polling import Patience
from cli.uninstall.removal import Done, Removal
from cli.uninstall.sagemaker_resources import SageMakerResources
from tests.emulated.fake_sagemaker import FakeSageMaker
from tests.emulated.stack import ENDPOINT, NEWER, NOW

TAGS = [{"Key": "ebb:stack", "Value": "ebb"}]


def test_an_endpoint_that_is_created_again_is_deleted_again() -> None:
    sagemaker = FakeSageMaker(NOW)
    sagemaker.create_model(ModelName=NEWER)
    sagemaker.create_endpoint_config(EndpointConfigName=NEWER, ProductionVariants=[{"ModelName": NEWER}])
    sagemaker.create_endpoint(EndpointName=ENDPOINT, EndpointConfigName=NEWER, Tags=TAGS)
    sagemaker.settle_all()
    rests = []

    def rest(seconds: float) -> None:
        """It is created again before anybody has seen that it was gone."""
        rests.append(seconds)
        sagemaker.settle_all()
        if len(rests) == 1:
            sagemaker.create_endpoint(EndpointName=ENDPOINT, EndpointConfigName=NEWER, Tags=TAGS)
            sagemaker.settle_all()

    removal = Removal()
    ticks = iter(range(100))
    resources = SageMakerResources(sagemaker, "ebb", "ebb", removal)  # type: ignore[arg-type]
    resources.delete_endpoints(Patience(50, lambda: float(next(ticks)), rest))
    assert sagemaker.called("delete_endpoint") == [ENDPOINT, ENDPOINT]
    assert sagemaker.endpoints == {}
    assert [step.outcome for step in removal.steps] == [Done.DONE]
