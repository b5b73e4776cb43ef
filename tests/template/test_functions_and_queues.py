"""How functions, queues and rules fit together: what breaks on AWS only, and only sometimes."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from ebb.environment import (
    ConfirmEndpointSettings,
    DeployEndpointSettings,
    FunctionSettings,
    StartTrainingSettings,
    TearDownIdleSettings,
)
from ebb.messaging.requests import KINDS
from ebb.names import request_bus
from tests.template.reading import Template, target_of

FUNCTIONS = {
    *("StartTrainingFunction", "DeployEndpointFunction", "ConfirmEndpointFunction"),
    *("PredictFunction", "TearDownIdleFunction"),
}
QUEUES = ("Intake", "Deploy", "Confirm")


def test_these_functions_exist(template: Template) -> None:
    assert template.functions.keys() == FUNCTIONS


def test_the_shipped_folder_holds_nothing_but_python() -> None:
    """All of it goes into the zip."""
    folder = Path(__file__).parents[2] / "functions"
    shipped = [path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    assert {path.name for path in shipped if path.suffix != ".py"} == {
        "Makefile",
        "requirements.in",
        "requirements.txt",
    }


def test_every_function_has_its_own_role_so_that_sam_attaches_no_managed_policy(template: Template) -> None:
    roles = [target_of(function["Role"]) for function in template.functions.values()]
    assert set(roles) <= template.of_type("AWS::IAM::Role").keys()
    assert len(set(roles)) == len(roles)
    assert not any("Policies" in function for function in template.functions.values())


def test_every_function_writes_to_a_log_group_of_the_stack_with_retention(template: Template) -> None:
    groups = template.of_type("AWS::Logs::LogGroup")
    for name, function in template.functions.items():
        group = groups[function["LoggingConfig"]["LogGroup"]["Ref"]]
        assert group["LogGroupName"]["Fn::Sub"] == f"/aws/lambda/{function['FunctionName']['Fn::Sub']}", name
    assert all(group["RetentionInDays"] == {"Ref": "LogRetentionDays"} for group in groups.values())


def test_no_function_reserves_concurrency(text: str) -> None:
    assert "ReservedConcurrentExecutions" not in text


def test_function_names_handlers_and_builds_follow_one_word(template: Template) -> None:
    for name, function in template.functions.items():
        words = re.sub(r"(?<=[a-z])([A-Z])", r"_\1", name.removesuffix("Function")).lower()
        assert function["Handler"] == f"{words}.handler"
        assert function["FunctionName"] == {"Fn::Sub": f"${{Prefix}}-{words.replace('_', '-')}"}
        assert template.body["Resources"][name]["Metadata"] == {"BuildMethod": "makefile"}


def test_no_function_is_told_its_own_name_or_arn(template: Template) -> None:
    for name, function in template.functions.items():
        assert name not in str(function["Environment"]), name


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("StartTrainingFunction", StartTrainingSettings),
        ("DeployEndpointFunction", DeployEndpointSettings),
        ("ConfirmEndpointFunction", ConfirmEndpointSettings),
        ("TearDownIdleFunction", TearDownIdleSettings),
    ],
)
def test_a_function_is_told_exactly_what_it_reads(
    template: Template, name: str, settings: type[FunctionSettings]
) -> None:
    shared = template.body["Globals"]["Function"]["Environment"]["Variables"]
    told = shared | template.functions[name]["Environment"]["Variables"]
    powertools = {variable for variable in told if variable.startswith("POWERTOOLS_")}
    assert powertools == {"POWERTOOLS_METRICS_NAMESPACE", "POWERTOOLS_LOG_LEVEL", "POWERTOOLS_SERVICE_NAME"}
    assert told.keys() - powertools == {field.name.upper() for field in fields(settings)}


def test_only_what_sends_to_its_own_queue_may_loop(template: Template) -> None:
    loops = {name: function.get("RecursiveLoop") for name, function in template.functions.items()}
    sends = {
        (one.role, target_of(resource))
        for one in template.statements()
        for resource in one.resources
        if "sqs:SendMessage" in one.actions and not target_of(resource).endswith("DeadLetterQueue")
    }
    own = {("StartTrainingRole", "IntakeQueue"), ("DeployEndpointRole", "DeployQueue")}
    own.add(("ConfirmEndpointRole", "ConfirmQueue"))
    each_others = {("DeployEndpointRole", "ConfirmQueue"), ("ConfirmEndpointRole", "DeployQueue")}
    reconciling = {("TearDownIdleRole", f"{name}Queue") for name in QUEUES}
    assert sends == own | each_others | reconciling
    allowed = {role.replace("Role", "Function"): "Allow" for role, _ in own}
    assert loops == dict.fromkeys(loops) | allowed


@pytest.mark.parametrize(
    ("function", "queue", "times"),
    [
        ("StartTrainingFunction", "IntakeQueue", 1),
        ("DeployEndpointFunction", "DeployQueue", 6),
        ("ConfirmEndpointFunction", "ConfirmQueue", 6),
    ],
)
def test_a_message_stays_hidden_longer_than_its_function_runs(
    template: Template, function: str, queue: str, times: int
) -> None:
    timeout = template.functions[function]["Timeout"]
    assert template.properties(queue)["VisibilityTimeout"] >= times * timeout
    assert timeout <= 900


@pytest.mark.parametrize("function", ["StartTrainingFunction", "DeployEndpointFunction", "ConfirmEndpointFunction"])
def test_messages_come_one_by_one_and_fail_one_by_one(template: Template, function: str) -> None:
    (source,) = template.functions[function]["Events"].values()
    assert source["Properties"]["BatchSize"] == 1
    assert source["Properties"]["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    # A new account has about ten in all: three queues, a tick, and three callers of predict who hold on.
    assert source["Properties"]["ScalingConfig"]["MaximumConcurrency"] == 2


@pytest.mark.parametrize("name", QUEUES)
def test_five_crashes_end_in_a_dead_letter_queue_that_keeps_longer(template: Template, name: str) -> None:
    queue, dead = template.properties(f"{name}Queue"), template.properties(f"{name}DeadLetterQueue")
    assert queue["RedrivePolicy"] == {
        "deadLetterTargetArn": {"Fn::GetAtt": f"{name}DeadLetterQueue.Arn"},
        "maxReceiveCount": 5,
    }
    assert (queue["MessageRetentionPeriod"], dead["MessageRetentionPeriod"]) == (4 * 86_400, 14 * 86_400)


def test_every_dead_letter_queue_has_an_alarm(template: Template) -> None:
    watched = {
        target_of(dimension["Value"])
        for alarm in template.of_type("AWS::CloudWatch::Alarm").values()
        for dimension in alarm["Dimensions"]
    }
    dead = {name for name in template.of_type("AWS::SQS::Queue") if "DeadLetter" in name}
    assert dead
    assert dead <= watched


def test_every_rule_has_an_alarm_on_events_it_could_not_deliver(template: Template) -> None:
    watched = [
        alarm["Dimensions"]
        for alarm in template.of_type("AWS::CloudWatch::Alarm").values()
        if (alarm["Namespace"], alarm["MetricName"]) == ("AWS/Events", "FailedInvocations")
    ]
    rules = template.of_type("AWS::Events::Rule")
    on_the_default_bus = [name for name, rule in rules.items() if "EventBusName" not in rule]
    wanted = [[{"Name": "RuleName", "Value": {"Ref": name}}] for name in on_the_default_bus]
    # AWS documents: for a rule on another bus both dimensions; and Ref of such a rule is `bus|rule`.
    wanted.append(
        [
            {"Name": "EventBusName", "Value": {"Ref": "RequestBus"}},
            {"Name": "RuleName", "Value": rules["RequestRule"]["Name"]},
        ]
    )
    assert sorted(watched, key=str) == sorted(wanted, key=str)
    assert set(rules) - set(on_the_default_bus) == {"RequestRule"}


def test_a_rule_that_cannot_deliver_keeps_the_event(template: Template) -> None:
    targets = list(template.sqs_targets())
    assert {queue for _, queue, _ in targets} == {f"{name}Queue" for name in QUEUES}
    for _, queue, target in targets:
        redrive = template.properties(queue)["RedrivePolicy"]
        assert target["DeadLetterConfig"]["Arn"] == redrive["deadLetterTargetArn"]
        assert target["RetryPolicy"]["MaximumRetryAttempts"] > 0
        assert target["RetryPolicy"]["MaximumEventAgeInSeconds"] <= 86_400
        assert "RoleArn" not in target


def test_queues_let_their_own_rule_in_and_nobody_else(template: Template) -> None:
    allowed = {}
    for policy in template.of_type("AWS::SQS::QueuePolicy").values():
        (statement,) = policy["PolicyDocument"]["Statement"]
        assert statement["Principal"] == {"Service": "events.amazonaws.com"}
        assert statement["Action"] == "sqs:SendMessage"
        source = statement["Condition"]["ArnEquals"]["aws:SourceArn"]
        named = {target_of(resource) for resource in statement["Resource"]}
        assert named == {target_of(queue) for queue in policy["Queues"]}
        for rule in source if isinstance(source, list) else [source]:
            allowed[target_of(rule)] = named
    assert allowed == {
        rule: {queue, target_of(target["DeadLetterConfig"]["Arn"])} for rule, queue, target in template.sqs_targets()
    }


def test_requests_and_announcements_of_other_stacks_are_not_ours(template: Template) -> None:
    for name, source in (("RequestRule", "ebb.request"), ("AnnouncementRule", "ebb")):
        pattern = template.properties(name)["EventPattern"]
        assert pattern["source"] == [source]
        assert pattern["detail"] == {"stack": [{"Ref": "AWS::StackName"}]}


def test_requests_have_a_bus_of_their_own(template: Template) -> None:
    """Whoever may put any event on the default bus could delete a model there."""
    assert template.properties("RequestBus") == {"Name": {"Fn::Sub": "${Prefix}-requests"}}
    assert template.properties("RequestRule")["EventBusName"] == {"Ref": "RequestBus"}
    assert request_bus("ebb") == "ebb-requests"
    asking = {
        one.body["Sid"]: one.resources
        for one in template.statements()
        if one.conditions.get("StringEquals", {}).get("events:source") == "ebb.request"
    }
    bus = [{"Fn::GetAtt": "RequestBus.Arn"}]
    assert asking == {"AskForTheNewSettings": bus, "AskForAWake": bus}


def test_every_request_goes_to_the_only_function_that_creates_and_updates(template: Template) -> None:
    rule = template.properties("RequestRule")
    assert rule["EventPattern"]["detail-type"] == list(KINDS)
    assert [target_of(target["Arn"]) for target in rule["Targets"]] == ["DeployQueue"]


def test_the_intake_rule_passes_everything_below_datasets(template: Template) -> None:
    pattern = template.properties("IntakeRule")["EventPattern"]
    assert pattern["source"] == ["aws.s3"]
    assert pattern["detail-type"] == ["Object Created"]
    # A suffix beside the prefix would be OR, and would silence the refusals.
    assert pattern["detail"] == {
        "bucket": {"name": [{"Ref": "DataBucket"}]},
        "object": {"key": [{"prefix": "datasets/"}]},
    }


def test_the_training_rule_goes_by_end_and_name_and_never_by_tags(template: Template) -> None:
    pattern = template.properties("TrainingEndedRule")["EventPattern"]
    assert pattern["detail"] == {
        "TrainingJobStatus": ["Completed", "Failed", "Stopped"],
        "TrainingJobName": [{"prefix": {"Fn::Sub": "${Prefix}-"}}],
    }


def test_the_timer_has_no_name_a_role_of_its_own_and_a_dead_letter_queue(template: Template) -> None:
    (timer,) = template.of_type("AWS::Scheduler::Schedule").values()
    assert "Name" not in timer  # two stacks would collide
    assert target_of(timer["Target"]["RoleArn"]) == "TearDownScheduleRole"
    assert target_of(timer["Target"]["DeadLetterConfig"]["Arn"]) == "TearDownDeadLetterQueue"


def test_a_late_tick_is_dropped_and_never_retried(template: Template) -> None:
    config = template.functions["TearDownIdleFunction"]["EventInvokeConfig"]
    assert config == {"MaximumRetryAttempts": 0, "MaximumEventAgeInSeconds": 300}
