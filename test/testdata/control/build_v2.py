"""Builds an HTTP and a WebSocket API from nothing with boto3 and calls them. AWS_ENDPOINT_URL says
where; backend.example.com is listed in portico.yaml."""

import base64
import json
import os
import socket
import struct
import threading
import urllib.error
import urllib.parse
import urllib.request

import boto3
from botocore.exceptions import ClientError

gateway = boto3.client("apigatewayv2")
endpoint = os.environ["AWS_ENDPOINT_URL"]
address = urllib.parse.urlparse(endpoint)


def call(api, path, stage="$default"):
    return visit(f"{endpoint}/restapis/{api}/{stage}/_user_request_{path}")


def visit(url, headers={}):
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.read().decode()


def refused(client, operation, **arguments):
    try:
        getattr(client, operation)(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"]
    raise AssertionError(f"{operation} was not refused")


# An HTTP API whose stage deploys by itself.
api = gateway.create_api(Name="boto3", ProtocolType="HTTP", Tags={"made": "here"})
id = api["ApiId"]
assert api["ApiEndpoint"] == f"https://{id}.execute-api.us-east-1.amazonaws.com", api
assert api["Tags"] == {"made": "here"} and api["CreatedDate"].year >= 2020, api
integration = gateway.create_integration(
    ApiId=id, IntegrationType="HTTP_PROXY", IntegrationMethod="GET",
    IntegrationUri="https://backend.example.com/orders", PayloadFormatVersion="1.0")
assert integration["TimeoutInMillis"] == 30000, integration
target = "integrations/" + integration["IntegrationId"]
route = gateway.create_route(ApiId=id, RouteKey="GET /orders", Target=target)
gateway.create_stage(ApiId=id, StageName="$default", AutoDeploy=True)
assert call(id, "/orders") == (200, "GET /orders"), call(id, "/orders")
assert call(id, "/") == (404, '{"message":"Not Found"}'), call(id, "/")

# A change is in effect for the next call.
gateway.update_integration(ApiId=id, IntegrationId=integration["IntegrationId"],
                           IntegrationUri="https://backend.example.com/changed")
assert call(id, "/orders") == (200, "GET /changed"), call(id, "/orders")

# A stage that is deployed to keeps what it was given.
deployment = gateway.create_deployment(ApiId=id)["DeploymentId"]
gateway.create_stage(ApiId=id, StageName="kept", DeploymentId=deployment)
gateway.update_route(ApiId=id, RouteId=route["RouteId"], RouteKey="GET /new")
assert call(id, "/orders", "kept") == (200, "GET /changed"), call(id, "/orders", "kept")
assert call(id, "/orders")[0] == 404 and call(id, "/new")[0] == 200

# Two clients that write at once lose nothing.
def fill(name):
    client = boto3.session.Session().client("apigatewayv2")
    for i in range(10):
        client.create_route(ApiId=id, RouteKey=f"GET /{name}/{i}", Target=target)


writers = [threading.Thread(target=fill, args=(name,)) for name in ("a", "b")]
for writer in writers:
    writer.start()
for writer in writers:
    writer.join()
pages = gateway.get_paginator("get_routes").paginate(ApiId=id, PaginationConfig={"PageSize": 4})
keys = {route["RouteKey"] for page in pages for route in page["Items"]}
assert keys == {"GET /new"} | {f"GET /{n}/{i}" for n in "ab" for i in range(10)}, keys
assert call(id, "/b/9")[0] == 200

assert refused(gateway, "create_route", ApiId=id, RouteKey="GET /new") == "ConflictException"
assert refused(gateway, "get_api", ApiId="nothing") == "NotFoundException"
assert refused(gateway, "delete_integration", ApiId=id,
               IntegrationId=integration["IntegrationId"]) == "ConflictException"

# It can be taken home, and back.
document = gateway.export_api(ApiId=id, Specification="OAS30", OutputType="JSON",
                              StageName="$default")["body"].read()
again = gateway.import_api(Body=document.decode())
gateway.create_stage(ApiId=again["ApiId"], StageName="$default", AutoDeploy=True)
assert call(again["ApiId"], "/new") == (200, "GET /changed"), call(again["ApiId"], "/new")

# A domain leads to its stage, and routing rules before it to a REST API.
domain = {"DomainName": "api.example.com"}
gateway.create_domain_name(**domain, RoutingMode="ROUTING_RULE_THEN_API_MAPPING",
                           DomainNameConfigurations=[{"EndpointType": "REGIONAL"}])
assert visit(endpoint + "/shop/new", {"Host": "api.example.com"})[0] == 403
mapping = gateway.create_api_mapping(**domain, ApiId=id, Stage="$default", ApiMappingKey="shop")
assert visit(endpoint + "/shop/new", {"Host": "api.example.com"}) == (200, "GET /changed")
assert refused(gateway, "delete_api", ApiId=id) == "BadRequestException"
gateway.delete_api_mapping(**domain, ApiMappingId=mapping["ApiMappingId"])
rest = boto3.client("apigateway").get_rest_apis()["items"][0]["id"]
rule = gateway.create_routing_rule(
    **domain, Priority=10, Conditions=[{"MatchBasePaths": {"AnyOf": ["rest"]}}],
    Actions=[{"InvokeApi": {"ApiId": rest, "Stage": "dev", "StripBasePath": True}}])
assert visit(endpoint + "/rest", {"Host": "api.example.com"})[0] == 200
assert refused(gateway, "create_api_mapping", **domain, ApiId=id,
               Stage="$default") == "BadRequestException"
gateway.delete_routing_rule(**domain, RoutingRuleId=rule["RoutingRuleId"])
assert gateway.list_routing_rules(**domain)["RoutingRules"] == []
gateway.delete_domain_name(**domain)
assert refused(gateway, "get_domain_name", **domain) == "NotFoundException"

# A quick-created API.
quick = gateway.create_api(Name="quick", ProtocolType="HTTP", Target="https://backend.example.com")
assert call(quick["ApiId"], "/any/where") == (200, "GET /any/where"), call(quick["ApiId"], "/any/where")

# A WebSocket API, answered by a MOCK.
chat = gateway.create_api(Name="chat", ProtocolType="WEBSOCKET",
                          RouteSelectionExpression="$request.body.action")["ApiId"]
mock = gateway.create_integration(ApiId=chat, IntegrationType="MOCK",
                                  TemplateSelectionExpression="\\$default",
                                  RequestTemplates={"$default": '{"statusCode": 200}'})
assert mock["TimeoutInMillis"] == 29000, mock
gateway.create_integration_response(
    ApiId=chat, IntegrationId=mock["IntegrationId"], IntegrationResponseKey="$default",
    ResponseTemplates={"$default": '{"id": "$context.connectionId"}'})
say = gateway.create_route(ApiId=chat, RouteKey="say", RouteResponseSelectionExpression="$default",
                           Target="integrations/" + mock["IntegrationId"])
gateway.create_route_response(ApiId=chat, RouteId=say["RouteId"], RouteResponseKey="$default")
gateway.create_stage(ApiId=chat, StageName="dev", AutoDeploy=True)


class Connection:
    """A WebSocket client of a few lines."""

    def __init__(self, path):
        self.wire = socket.create_connection((address.hostname, address.port), timeout=10)
        key = base64.b64encode(os.urandom(16)).decode()
        self.wire.sendall(f"GET {path} HTTP/1.1\r\nHost: {address.netloc}\r\nUpgrade: websocket\r\n"
                          f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
                          "Sec-WebSocket-Version: 13\r\n\r\n".encode())
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += self.wire.recv(1)
        assert head.startswith(b"HTTP/1.1 101"), head

    def send(self, text):
        data = text.encode()
        self.wire.sendall(struct.pack("!BB", 0x81, 0x80 | len(data)) + bytes(4) + data)

    def receive(self):
        head = self.wire.recv(2, socket.MSG_WAITALL)
        length = head[1] & 0x7F
        assert length < 126, length
        return self.wire.recv(length, socket.MSG_WAITALL).decode()


talk = Connection(f"/restapis/{chat}/dev/_user_request_")
talk.send('{"action": "say"}')
connection = json.loads(talk.receive())["id"]

# Connections stay open while the API changes.
gateway.create_route(ApiId=chat, RouteKey="shout", Target="integrations/" + mock["IntegrationId"])
talk.send('{"action": "say"}')
assert json.loads(talk.receive())["id"] == connection

# Backends that are told the address of a stage reach it; others are told what is missing.
for base in (f"{endpoint}/dev", f"{endpoint}/restapis/{chat}/dev/_user_request_"):
    push = boto3.client("apigatewaymanagementapi", endpoint_url=base)
    push.post_to_connection(ConnectionId=connection, Data=b"pushed")
    assert talk.receive() == "pushed"
    assert push.get_connection(ConnectionId=connection)["Identity"]["SourceIp"]
    assert refused(push, "get_connection", ConnectionId="L0SM9cOFvHcCIhw=") == "GoneException"
plain = boto3.client("apigatewaymanagementapi")
assert refused(plain, "get_connection", ConnectionId=connection) == "ForbiddenException"

for made in (id, again["ApiId"], quick["ApiId"], chat):
    gateway.delete_api(ApiId=made)
assert gateway.get_apis()["Items"] == []
assert call(id, "/new")[0] == 403
