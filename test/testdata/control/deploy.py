"""Puts objects and parameters, and deploys a stack of a template in S3, as boto3 does."""

import io
import json

import boto3

BUCKET = "of-boto3"
s3 = boto3.client("s3")
s3.create_bucket(Bucket=BUCKET)
s3.put_object(Bucket=BUCKET, Key="a/ü b", Body=b"hello", Metadata={"who": "me"})
found = s3.get_object(Bucket=BUCKET, Key="a/ü b")
assert found["Body"].read() == b"hello" and found["Metadata"] == {"who": "me"}, found
big = b"0123456789abcdef" * (1 << 20)
s3.upload_fileobj(io.BytesIO(big), BUCKET, "big")
assert s3.get_object(Bucket=BUCKET, Key="big", Range="bytes=16-31")["Body"].read() == big[16:32]
keys = [o["Key"] for page in s3.get_paginator("list_objects_v2").paginate(
    Bucket=BUCKET, PaginationConfig={"PageSize": 1}) for o in page["Contents"]]
assert keys == ["a/ü b", "big"], keys
try:
    s3.get_object(Bucket=BUCKET, Key="none")
    raise AssertionError("an object that is not there was found")
except s3.exceptions.NoSuchKey:
    pass

ssm = boto3.client("ssm")
ssm.put_parameter(Name="/app/delay", Value="5", Type="String")
assert ssm.get_parameter(Name="/app/delay")["Parameter"]["Value"] == "5"

template = {
    "Parameters": {"Delay": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/app/delay"}},
    "Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"DelaySeconds": {"Ref": "Delay"}}}},
    "Outputs": {"Url": {"Value": {"Ref": "Queue"}}},
}
s3.put_object(Bucket=BUCKET, Key="template.json", Body=json.dumps(template).encode())
cloudformation = boto3.client("cloudformation")
url = f"https://{BUCKET}.s3.us-east-1.amazonaws.com/template.json"
stack = cloudformation.create_stack(StackName="of-boto3", TemplateURL=url)["StackId"]
cloudformation.get_waiter("stack_create_complete").wait(StackName=stack, WaiterConfig={"Delay": 1})
described = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
assert described["Outputs"][0]["OutputKey"] == "Url", described
assert described["Parameters"][0]["ResolvedValue"] == "5", described
template["Resources"]["Queue"]["Properties"]["VisibilityTimeout"] = 60
change = cloudformation.create_change_set(
    StackName=stack, ChangeSetName="more", TemplateBody=json.dumps(template))["Id"]
cloudformation.get_waiter("change_set_create_complete").wait(ChangeSetName=change)
changes = cloudformation.describe_change_set(ChangeSetName=change)["Changes"]
assert [c["ResourceChange"]["Action"] for c in changes] == ["Modify"], changes
cloudformation.execute_change_set(ChangeSetName=change)
cloudformation.get_waiter("stack_update_complete").wait(StackName=stack, WaiterConfig={"Delay": 1})
cloudformation.delete_stack(StackName=stack)
cloudformation.get_waiter("stack_delete_complete").wait(StackName=stack, WaiterConfig={"Delay": 1})

s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": k} for k in [*keys, "template.json"]]})
s3.delete_bucket(Bucket=BUCKET)
