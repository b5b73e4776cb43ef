"""The first act: a local cloud, and the stack in it."""

from __future__ import annotations

from examples.demo.deadline import deadline
from examples.demo.screen import Screen
from examples.demo.stage import MINUTE
from examples.demo.timeline import Timeline
from local import stack
from local.server import Server
from local.stack import Administrator

# As in an account, where metrics come late; a local cloud has no need of it.
_MARGIN = "IdleMarginMinutes=10"


def open_the_cloud(screen: Screen, server: Server) -> None:
    screen.heading("The cloud")
    awaited = {"local cloud": "", "sam build": "", "sam deploy": ""}
    with Timeline(screen, awaited, laps=True) as timeline:
        with deadline(MINUTE, "the local cloud is ready"):
            server.start()
        timeline.happened("local cloud", server.settings.endpoint_url)
        with deadline(5 * MINUTE, "sam build ends"):
            stack.build()
        timeline.happened("sam build", "the zip that would run in Lambda")
        with deadline(3 * MINUTE, "sam deploy ends"):
            stack.deploy(server.admin, [_MARGIN])
        timeline.happened("sam deploy", _size(server.admin))


def _size(admin: Administrator) -> str:
    resources = admin.client("cloudformation").describe_stack_resources(StackName=stack.NAME)["StackResources"]
    return f"stack {stack.NAME}: {len(resources)} resources, from template.yaml"
