"""Builds an API from nothing with boto3 and calls it. AWS_ENDPOINT_URL says where."""

import json
import os
import urllib.error
import urllib.request

import boto3
from botocore.exceptions import ClientError

gateway = boto3.client("apigateway")
endpoint = os.environ["AWS_ENDPOINT_URL"]


def call(api, path):
    url = f"{endpoint}/restapis/{api}/dev/_user_request_{path}"
    try:
        with urllib.request.urlopen(url) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.read().decode()


def refused(operation, **arguments):
    try:
        getattr(gateway, operation)(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"], error.response["Error"]["Message"]
    raise AssertionError(f"{operation} was not refused")


assert boto3.client("sts").get_caller_identity()["Account"] == "123456789012"

api = gateway.create_rest_api(name="boto3", endpointConfiguration={"types": ["REGIONAL"]})["id"]
root = gateway.get_resources(restApiId=api)["items"][0]["id"]
orders = gateway.create_resource(restApiId=api, parentId=root, pathPart="orders")["id"]
at = {"restApiId": api, "resourceId": orders, "httpMethod": "POST"}
gateway.create_model(restApiId=api, name="Order", contentType="application/json", schema=json.dumps(
    {"type": "object", "required": ["sku"], "properties": {"sku": {"type": "string"}}}))
validator = gateway.create_request_validator(restApiId=api, name="body", validateRequestBody=True)
gateway.put_method(**at, authorizationType="NONE", requestValidatorId=validator["id"],
                   requestModels={"application/json": "Order"})
gateway.put_integration(**at, type="MOCK",
                        requestTemplates={"application/json": '{"statusCode": 202}'})
gateway.put_method_response(**at, statusCode="202")
gateway.put_integration_response(**at, statusCode="202",
                                 responseTemplates={"application/json": "taken"})
template = gateway.get_model_template(restApiId=api, modelName="Order")["value"]
assert '"sku" : "$inputRoot.sku"' in template, template
gateway.create_deployment(restApiId=api, stageName="dev")


def post(body):
    request = urllib.request.Request(
        f"{endpoint}/restapis/{api}/dev/_user_request_/orders", data=body.encode(), method="POST",
        headers={"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.read().decode()


assert post('{"sku": "a"}') == (202, "taken"), post('{"sku": "a"}')
assert post("{}") == (400, '{"message": "Invalid request body"}'), post("{}")

# What is changed reaches the stage with the next deployment, and no sooner.
gateway.update_integration_response(**at, statusCode="202", patchOperations=[
    {"op": "replace", "path": "/responseTemplates/application~1json", "value": "changed"}])
assert post('{"sku": "a"}') == (202, "taken")
gateway.create_deployment(restApiId=api, stageName="dev")
assert post('{"sku": "a"}') == (202, "changed")

# A canary that gets everything, and its promotion.
gateway.update_integration_response(**at, statusCode="202", patchOperations=[
    {"op": "replace", "path": "/responseTemplates/application~1json", "value": "canary"}])
gateway.create_deployment(restApiId=api, stageName="dev", canarySettings={"percentTraffic": 100.0})
assert post('{"sku": "a"}') == (202, "canary")
stage = gateway.update_stage(restApiId=api, stageName="dev", patchOperations=[
    {"op": "replace", "path": "/canarySettings/percentTraffic", "value": "0.0"},
    {"op": "copy", "from": "/canarySettings/deploymentId", "path": "/deploymentId"}])
assert stage["canarySettings"]["percentTraffic"] == 0.0, stage
gateway.update_stage(restApiId=api, stageName="dev",
                     patchOperations=[{"op": "remove", "path": "/canarySettings"}])
assert post('{"sku": "a"}') == (202, "canary")

# Paging, and errors as exceptions of their own.
for number in range(30):
    gateway.create_resource(restApiId=api, parentId=root, pathPart=f"r{number}")
pages = list(gateway.get_paginator("get_resources").paginate(restApiId=api))
assert [len(page["items"]) for page in pages] == [25, 7], pages
code, message = refused("get_rest_api", restApiId="nope")
assert (code, message) == ("NotFoundException",
                           "Invalid API identifier specified 123456789012:nope"), (code, message)
described = [a for a in gateway.get_rest_apis()["items"] if a["name"] == "described"]
assert refused("delete_rest_api", restApiId=described[0]["id"])[0] == "BadRequestException"
# Exports, domains, client certificates, and what keys used.
exported = gateway.get_export(restApiId=api, stageName="dev", exportType="oas30",
                              parameters={"extensions": "apigateway"}, accepts="application/json")
assert exported["contentType"] == "application/octet-stream", exported
copy = gateway.import_rest_api(body=exported["body"].read())
assert len(gateway.get_resources(restApiId=copy["id"], limit=100)["items"]) >= 2
gateway.delete_rest_api(restApiId=copy["id"])
domain = gateway.create_domain_name(
    domainName="clients.example.com", endpointConfiguration={"types": ["REGIONAL"]},
    regionalCertificateArn="arn:aws:acm:us-east-1:123456789012:certificate/c")
assert domain["domainNameStatus"] == "AVAILABLE", domain
gateway.create_base_path_mapping(domainName="clients.example.com", restApiId=api, stage="dev")
assert [m["basePath"] for m in gateway.get_base_path_mappings(
    domainName="clients.example.com")["items"]] == ["(none)"]
gateway.delete_base_path_mapping(domainName="clients.example.com", basePath="(none)")
gateway.delete_domain_name(domainName="clients.example.com")
certificate = gateway.generate_client_certificate(description="d")["clientCertificateId"]
assert certificate in [c["clientCertificateId"]
                       for c in gateway.get_client_certificates()["items"]]
gateway.delete_client_certificate(clientCertificateId=certificate)
gateway.flush_stage_authorizers_cache(restApiId=api, stageName="dev")
code, message = refused("get_sdk", restApiId=api, stageName="dev", sdkType="java")
assert code == "NotImplemented", (code, message)
arn = f"arn:aws:apigateway:us-east-1::/restapis/{api}"
gateway.tag_resource(resourceArn=arn, tags={"a": "1", "b": "2"})
gateway.untag_resource(resourceArn=arn, tagKeys=["a"])
assert gateway.get_tags(resourceArn=arn)["tags"] == {"b": "2"}
gateway.delete_rest_api(restApiId=api)
assert call(api, "/orders")[0] == 403
