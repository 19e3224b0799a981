"""Makes people with boto3 and lets them call a guarded API; then a web ACL stands before it."""

import datetime
import os
import urllib.error
import urllib.request

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

endpoint = os.environ["AWS_ENDPOINT_URL"]
iam, sts, gateway, waf = (boto3.client(name) for name in ("iam", "sts", "apigateway", "wafv2"))
ACCOUNT = "123456789012"


def refused(operation, **arguments):
    try:
        operation(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"], error.response["Error"]["Message"]
    raise AssertionError(f"{operation} was not refused")


def same(got, want):
    assert got == want, f"got {got}, want {want}"


# An API that only those may call whose policies let them.
api = gateway.create_rest_api(name="guarded", endpointConfiguration={"types": ["REGIONAL"]})["id"]
root = gateway.get_resources(restApiId=api)["items"][0]["id"]
at = {"restApiId": api, "resourceId": root, "httpMethod": "GET"}
gateway.put_method(**at, authorizationType="AWS_IAM")
gateway.put_integration(**at, type="MOCK",
                        requestTemplates={"application/json": '{"statusCode": 200}'})
gateway.put_method_response(**at, statusCode="200")
gateway.put_integration_response(**at, statusCode="200",
                                 responseTemplates={"application/json": "in"})
gateway.create_deployment(restApiId=api, stageName="dev")


def call(keys, query=""):
    url = f"{endpoint}/restapis/{api}/dev/_user_request_/{query}"
    request = AWSRequest(method="GET", url=url)
    SigV4Auth(keys, "execute-api", "us-east-1").add_auth(request)
    try:
        with urllib.request.urlopen(urllib.request.Request(
                url, headers=dict(request.headers))) as answer:
            return answer.status
    except urllib.error.HTTPError as refusal:
        return refusal.code


def keys_of(answer):
    return Credentials(answer["AccessKeyId"], answer["SecretAccessKey"],
                       answer.get("SessionToken"))


INVOKE = ('{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"execute-api:Invoke",'
          f'"Resource":"arn:aws:execute-api:us-east-1:{ACCOUNT}:{api}/*"}}]}}')
TRUST = ('{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":'
         f'"arn:aws:iam::{ACCOUNT}:user/ada"}},"Action":"sts:AssumeRole"}}]}}')

# A user, whose policy is managed.
same(sts.get_caller_identity()["Arn"], f"arn:aws:iam::{ACCOUNT}:root")
same(refused(iam.create_role, RoleName="app", AssumeRolePolicyDocument=TRUST)[0],
     "MalformedPolicyDocument")
iam.create_user(UserName="ada", Tags=[{"Key": "team", "Value": "orders"}])
ada = iam.create_access_key(UserName="ada")["AccessKey"]
same(call(keys_of(ada)), 403)
arn = iam.create_policy(PolicyName="calls", PolicyDocument=INVOKE)["Policy"]["Arn"]
iam.attach_user_policy(UserName="ada", PolicyArn=arn)
same(call(keys_of(ada)), 200)
same(iam.get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"]["Document"]
     ["Statement"][0]["Action"], "execute-api:Invoke")

# A role that the user assumes.
role = iam.create_role(RoleName="app", AssumeRolePolicyDocument=TRUST)["Role"]
same(role["AssumeRolePolicyDocument"]["Statement"][0]["Action"], "sts:AssumeRole")
iam.get_waiter("role_exists").wait(RoleName="app")
assume = {"RoleArn": role["Arn"], "RoleSessionName": "boto3"}
same(refused(sts.assume_role, **assume), (
    "AccessDenied", f"User: arn:aws:iam::{ACCOUNT}:root is not authorized to perform: "
    f"sts:AssumeRole on resource: {role['Arn']}"))
as_ada = boto3.client("sts", aws_access_key_id=ada["AccessKeyId"],
                      aws_secret_access_key=ada["SecretAccessKey"])
same(as_ada.get_caller_identity()["Arn"], f"arn:aws:iam::{ACCOUNT}:user/ada")
session = as_ada.assume_role(**assume)
same(session["AssumedRoleUser"]["AssumedRoleId"], role["RoleId"] + ":boto3")
same(call(keys_of(session["Credentials"])), 403)
iam.put_role_policy(RoleName="app", PolicyName="inline", PolicyDocument=INVOKE)
same(call(keys_of(session["Credentials"])), 200)
same(refused(iam.delete_role, RoleName="app"),
     ("DeleteConflict", "Cannot delete entity, must delete policies first."))

# A web ACL, and two who change it at once.
visible = {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": False, "MetricName": "m"}
rule = {
    "Name": "evil", "Priority": 0, "Action": {"Block": {}}, "VisibilityConfig": visible,
    "Statement": {"ByteMatchStatement": {
        "SearchString": b"evil", "FieldToMatch": {"QueryString": {}},
        "TextTransformations": [{"Priority": 0, "Type": "LOWERCASE"}],
        "PositionalConstraint": "CONTAINS"}},
}
named = {"Name": "acl", "Scope": "REGIONAL"}
settings = {"DefaultAction": {"Allow": {}}, "VisibilityConfig": visible}
acl = waf.create_web_acl(**named, **settings, Rules=[rule])["Summary"]
stage = f"arn:aws:apigateway:us-east-1::/restapis/{api}/stages/dev"
waf.associate_web_acl(WebACLArn=acl["ARN"], ResourceArn=stage)
same(call(keys_of(ada)), 200)
same(call(keys_of(ada), "?a=EVIL"), 403)
now = datetime.datetime.now(datetime.timezone.utc)
sampled = dict(WebAclArn=acl["ARN"], Scope="REGIONAL", MaxItems=500, TimeWindow={
    "StartTime": now - datetime.timedelta(hours=1), "EndTime": now + datetime.timedelta(minutes=1)})
found = waf.get_sampled_requests(**sampled, RuleMetricName="m")
same(found["PopulationSize"], 2)
same([(one["Action"], one["Request"]["URI"], one["Weight"]) for one in found["SampledRequests"]],
     [("ALLOW", "/dev/", 1), ("BLOCK", "/dev/?a=EVIL", 1)])
same(found["TimeWindow"]["StartTime"] < found["SampledRequests"][0]["Timestamp"], True)
same(refused(waf.get_sampled_requests, **sampled, RuleMetricName="other")[0],
     "WAFNonexistentItemException")
kept = waf.get_web_acl(**named, Id=acl["Id"])["WebACL"]["Rules"][0]
same(kept["Statement"]["ByteMatchStatement"]["SearchString"], b"evil")
first = {**named, **settings, "Id": acl["Id"], "LockToken": acl["LockToken"]}
token = waf.update_web_acl(**first)["NextLockToken"]
same(refused(waf.update_web_acl, **first)[0], "WAFOptimisticLockException")
same(refused(waf.delete_web_acl, **named, Id=acl["Id"], LockToken=token)[0],
     "WAFAssociatedItemException")
waf.disassociate_web_acl(ResourceArn=stage)
waf.delete_web_acl(**named, Id=acl["Id"], LockToken=token)
