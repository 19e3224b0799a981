"""Uses the Lambda management API with boto3. AWS_ENDPOINT_URL says where; CODE_A and CODE_B are two
releases of a program, as zip files."""

import io
import json
import os
import threading
import urllib.request
import zipfile

import boto3

client = boto3.client("lambda")
role = "arn:aws:iam::123456789012:role/boto"
code = {name: open(os.environ["CODE_" + name], "rb").read() for name in "AB"}


def want(what, got, expected):
    if got != expected:
        raise SystemExit("%s: got %r, want %r" % (what, got, expected))


def refused(call, **arguments):
    try:
        call(**arguments)
    except client.exceptions.ClientError as e:
        return e.response["Error"]["Code"]
    return ""


made = client.create_function(
    FunctionName="boto", Runtime="provided.al2023", Handler="bootstrap", Role=role, Timeout=10,
    Code={"ZipFile": code["A"]}, Publish=True)
want("the version", made["Version"], "1")
client.get_waiter("function_active_v2").wait(FunctionName="boto")
want("twice", refused(client.create_function, FunctionName="boto", Runtime="provided.al2023",
                      Handler="bootstrap", Role=role, Code={"ZipFile": code["A"]}),
     "ResourceConflictException")
want("the code", urllib.request.urlopen(
    client.get_function(FunctionName="boto")["Code"]["Location"]).read(), code["A"])

# No call fails while the code changes.
failures, calls, done = [], [], threading.Event()


def invoke():
    own = boto3.client("lambda")
    while not done.is_set():
        answer = own.invoke(FunctionName="boto", Payload=b"{}")
        calls.append(json.loads(answer["Payload"].read())["release"])
        if "FunctionError" in answer:
            failures.append(answer)


clients = [threading.Thread(target=invoke) for _ in range(3)]
for one in clients:
    one.start()
for i in range(6):
    client.update_function_code(FunctionName="boto", ZipFile=code["BA"[i % 2]])
    client.get_waiter("function_updated_v2").wait(FunctionName="boto")
done.set()
for one in clients:
    one.join()
want("failures", failures, [])
want("releases", sorted(set(calls)), ["a", "b"])

# What is given is read back.
client.put_function_concurrency(FunctionName="boto", ReservedConcurrentExecutions=7)
want("concurrency", client.get_function_concurrency(
    FunctionName="boto")["ReservedConcurrentExecutions"], 7)
client.put_function_event_invoke_config(FunctionName="boto", MaximumRetryAttempts=0)
want("retries", client.get_function_event_invoke_config(FunctionName="boto")["MaximumRetryAttempts"], 0)
mapping = client.create_event_source_mapping(
    FunctionName="boto", EventSourceArn="arn:aws:sqs:us-east-1:123456789012:orders", Enabled=False)
want("the mapping", client.get_event_source_mapping(UUID=mapping["UUID"])["State"], "Disabled")
client.delete_event_source_mapping(UUID=mapping["UUID"])
client.tag_resource(Resource=made["FunctionArn"].removesuffix(":1"), Tags={"team": "x"})
want("tags", client.list_tags(Resource=made["FunctionArn"].removesuffix(":1"))["Tags"], {"team": "x"})
client.put_provisioned_concurrency_config(
    FunctionName="boto", Qualifier="1", ProvisionedConcurrentExecutions=1)
for _ in range(100):
    found = client.get_provisioned_concurrency_config(FunctionName="boto", Qualifier="1")
    if found["Status"] == "READY":
        break
    client.invoke(FunctionName="boto", Payload=b"{}")
want("provisioned", found["Status"], "READY")

# A layer with a module, and a function of a managed runtime that uses it.
archive = io.BytesIO()
with zipfile.ZipFile(archive, "w") as z:
    z.writestr("python/greeting.py", "text = 'hello'\n")
layer = client.publish_layer_version(LayerName="greeting", Content={"ZipFile": archive.getvalue()})
archive = io.BytesIO()
with zipfile.ZipFile(archive, "w") as z:
    z.writestr("app.py", "import greeting\ndef handler(event, context):\n  return greeting.text\n")
client.create_function(
    FunctionName="managed", Runtime="python3.13", Handler="app.handler", Role=role, Timeout=20,
    Code={"ZipFile": archive.getvalue()}, Layers=[layer["LayerVersionArn"]])
want("the layer", client.invoke(FunctionName="managed")["Payload"].read(), b'"hello"')

parts = [e for e in client.invoke_with_response_stream(
    FunctionName="managed", LogType="Tail")["EventStream"]]
want("the stream", b"".join(p["PayloadChunk"]["Payload"] for p in parts[:-1]), b'"hello"')
want("its end", list(parts[-1]), ["InvokeComplete"])

names = [f["FunctionName"] for page in client.get_paginator("list_functions").paginate(
    PaginationConfig={"PageSize": 1}) for f in page["Functions"]]
want("functions", names, ["boto", "managed"])
for name in names:
    client.delete_function(FunctionName=name)
want("after the end", refused(client.get_function, FunctionName="boto"), "ResourceNotFoundException")
