"""predict's door and what is behind it: who may call, and what it may do. It creates nothing."""

from dataclasses import fields

from ebb.environment import PredictSettings
from ebb.predict.http import LONGEST_WAIT
from tests.template.reading import Statement, Template, target_of

MAY = {
    *("logs:CreateLogStream", "logs:PutLogEvents", "s3:ListBucket", "s3:GetObject"),
    *("dynamodb:GetItem", "dynamodb:Query", "dynamodb:UpdateItem", "events:PutEvents"),
    *("sagemaker:DescribeEndpoint", "sagemaker:InvokeEndpoint"),
    *("xray:PutTraceSegments", "xray:PutTelemetryRecords"),  # with Tracing=Active only
}
CONTAINER_SECONDS = 60  # AWS documents: a container must answer within


def allowed(template: Template, action: str) -> Statement:
    (found,) = [one for one in template.statements() if one.role == "PredictRole" and action in one.actions]
    return found


def test_only_who_signs_reaches_the_function(template: Template) -> None:
    assert template.functions["PredictFunction"]["FunctionUrlConfig"] == {"AuthType": "AWS_IAM"}
    assert "Events" not in template.functions["PredictFunction"]
    assert template.of_type("AWS::Lambda::Permission") == {}


def test_callers_get_both_actions_that_aws_asks_for_and_only_through_the_url(template: Template) -> None:
    policy = template.properties("PredictCallersPolicy")
    statements = policy["PolicyDocument"]["Statement"]
    assert {(one["Effect"], one["Action"], target_of(one["Resource"])) for one in statements} == {
        ("Allow", "lambda:InvokeFunctionUrl", "PredictFunction"),
        ("Allow", "lambda:InvokeFunction", "PredictFunction"),
    }
    conditions = {one["Action"]: one["Condition"] for one in statements}
    assert conditions == {
        "lambda:InvokeFunctionUrl": {"StringEquals": {"lambda:FunctionUrlAuthType": "AWS_IAM"}},
        "lambda:InvokeFunction": {"Bool": {"lambda:InvokedViaFunctionUrl": True}},
    }


def test_the_stack_says_where_and_how_to_call(template: Template) -> None:
    outputs = template.body["Outputs"]
    assert outputs["PredictUrl"]["Value"] == {"Fn::GetAtt": "PredictFunctionUrl.FunctionUrl"}
    assert outputs["PredictCallersPolicyArn"]["Value"] == {"Ref": "PredictCallersPolicy"}
    assert outputs["PredictFunctionName"]["Value"] == {"Ref": "PredictFunction"}


def test_it_lives_longer_than_a_caller_holds_on_and_a_container_takes(template: Template) -> None:
    """Then the rows may be asked about in two encodings, each with an answer of its own."""
    assert template.functions["PredictFunction"]["Timeout"] >= LONGEST_WAIT + 2 * CONTAINER_SECONDS + 30


def test_it_is_told_exactly_what_it_reads(template: Template) -> None:
    shared = template.body["Globals"]["Function"]["Environment"]["Variables"]
    told = shared | template.functions["PredictFunction"]["Environment"]["Variables"]
    names = {variable for variable in told if not variable.startswith("POWERTOOLS_")}
    assert names == {field.name.upper() for field in fields(PredictSettings)}


def test_it_creates_nothing(template: Template) -> None:
    statements = [one for one in template.statements() if one.role == "PredictRole"]
    assert {action for one in statements for action in one.actions} == MAY


def test_it_reads_of_a_run_what_its_rows_look_like_and_never_the_rows(template: Template) -> None:
    names = {resource["Fn::Sub"].rpartition("/")[2] for resource in allowed(template, "s3:GetObject").resources}
    assert names == {"dataset.json", "settings*.json", "latest.json"}


def test_in_the_ledger_it_writes_only_the_note_of_a_wake(template: Template) -> None:
    writing = allowed(template, "dynamodb:UpdateItem")
    assert writing.actions == ["dynamodb:UpdateItem"]
    assert writing.conditions == {"ForAllValues:StringEquals": {"dynamodb:Attributes": ["model", "record", "at"]}}
    assert allowed(template, "dynamodb:Query").resources == [{"Fn::Sub": "${Ledger.Arn}/index/due"}]


def test_of_deploy_endpoint_it_asks_for_a_wake_and_nothing_else(template: Template) -> None:
    asked = {"StringEquals": {"events:source": "ebb.request", "events:detail-type": "Wake"}}
    assert allowed(template, "events:PutEvents").conditions == asked
