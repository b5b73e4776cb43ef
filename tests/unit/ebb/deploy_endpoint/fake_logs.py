"""CloudWatch Logs in memory, as far as the log of a training job is read."""

from typing import Any

from botocore.exceptions import ClientError

from ebb.deploy_endpoint.failed_training import LOG_GROUP


class Logs:
    """A log group with these streams."""

    def __init__(self, streams: dict[str, list[str]] | None, code: str = "ResourceNotFoundException") -> None:
        self.streams, self.code = streams, code

    def describe_log_streams(self, **asked: Any) -> dict[str, Any]:
        if self.streams is None:
            raise ClientError({"Error": {"Code": self.code}}, "DescribeLogStreams")
        assert asked["logGroupName"] == LOG_GROUP
        names = [name for name in self.streams if name.startswith(asked["logStreamNamePrefix"])]
        return {"logStreams": [{"logStreamName": name} for name in names]}

    def get_log_events(self, **asked: Any) -> dict[str, Any]:
        assert self.streams is not None
        assert asked["startFromHead"] is False
        assert asked["logGroupName"] == LOG_GROUP
        lines = self.streams[asked["logStreamName"]][-asked["limit"] :]
        return {"events": [{"message": line} for line in lines]}
