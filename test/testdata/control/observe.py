"""Looks at what an API measures and logs with boto3. AWS_ENDPOINT_URL says where."""

import os
import time
import urllib.error
import urllib.request
from datetime import datetime, timedelta, timezone

import boto3

base = os.environ["AWS_ENDPOINT_URL"]
gateway, watch, logs = (boto3.client(name) for name in ("apigateway", "cloudwatch", "logs"))


def want(what, got, expected):
    assert got == expected, f"{what}: got {got!r}, want {expected!r}"


def call(path):
    try:
        return urllib.request.urlopen(base + path).status
    except urllib.error.HTTPError as error:
        return error.code


api = next(a["id"] for a in gateway.get_rest_apis()["items"] if a["name"] == "described")
for path in ("", "", "nowhere"):
    call(f"/restapis/{api}/dev/_user_request_/{path}")

dimensions = [{"Name": "ApiName", "Value": "described"}, {"Name": "Stage", "Value": "dev"}]


def query(name, stat, identifier):
    metric = {"Namespace": "AWS/ApiGateway", "MetricName": name, "Dimensions": dimensions}
    return {"Id": identifier, "MetricStat": {"Metric": metric, "Period": 60, "Stat": stat}}


now = datetime.now(timezone.utc)
between = {"StartTime": now - timedelta(minutes=10), "EndTime": now + timedelta(minutes=10)}
pages = watch.get_paginator("get_metric_data").paginate(
    MetricDataQueries=[
        query("Count", "Sum", "calls"), query("4XXError", "Sum", "errors"),
        query("Latency", "p99", "slow"), {"Id": "share", "Expression": "100 * errors / calls"},
    ], **between)
results = {r["Id"]: r["Values"] for page in pages for r in page["MetricDataResults"]}
want("the calls", sum(results["calls"]), 3)
want("the errors", sum(results["errors"]), 1)
assert all(value > 0 for value in results["slow"]), results
assert all(0 <= value <= 100 for value in results["share"]), results

watch.put_metric_data(Namespace="Own", MetricData=[
    {"MetricName": "Orders", "Values": [float(n) for n in range(150)], "Unit": "Count",
     "Dimensions": [{"Name": f"d{i}", "Value": "x" * 200} for i in range(30)]}
    for _ in range(20)
])  # long enough to be sent compressed
want("a metric of its own", [m["MetricName"] for page in watch.get_paginator("list_metrics").paginate(
    Namespace="Own") for m in page["Metrics"]], ["Orders"])

watch.put_metric_alarm(
    AlarmName="own", Namespace="Own", MetricName="Sales", Statistic="Sum", Period=60,
    EvaluationPeriods=1, Threshold=1, ComparisonOperator="LessThanThreshold",
    TreatMissingData="breaching")
urllib.request.urlopen(urllib.request.Request(base + "/_portico/clock/advance?by=90s", method="POST"))
watch.get_waiter("alarm_exists").wait(AlarmNames=["own"])
alarm = watch.describe_alarms(AlarmNames=["own"])["MetricAlarms"][0]
want("an alarm", alarm["StateValue"], "ALARM")
assert isinstance(alarm["StateUpdatedTimestamp"], datetime)
try:
    watch.set_alarm_state(AlarmName="nobody", StateValue="OK", StateReason="x")
except watch.exceptions.ResourceNotFound:
    pass
else:
    raise AssertionError("the state of an alarm that is not there was set")
watch.delete_alarms(AlarmNames=["own"])

logs.create_log_group(logGroupName="/boto")
logs.create_log_stream(logGroupName="/boto", logStreamName="s")
began = int(time.time() * 1000)
logs.put_metric_filter(
    logGroupName="/boto", filterName="f", filterPattern="ERROR",
    metricTransformations=[{"metricName": "Errors", "metricNamespace": "Own", "metricValue": "1"}])
logs.put_log_events(logGroupName="/boto", logStreamName="s", logEvents=[
    {"timestamp": began + i, "message": f"{'ERROR' if i % 10 == 0 else 'INFO'} {i}"} for i in range(100)
])
found = [e["message"] for page in logs.get_paginator("filter_log_events").paginate(
    logGroupName="/boto", filterPattern="ERROR", PaginationConfig={"PageSize": 3}) for e in page["events"]]
want("events that match", found, [f"ERROR {i}" for i in range(0, 100, 10)])
first = logs.get_log_events(logGroupName="/boto", logStreamName="s", limit=60, startFromHead=True)
rest = logs.get_log_events(
    logGroupName="/boto", logStreamName="s", nextToken=first["nextForwardToken"])
want("events in two parts", len(first["events"]) + len(rest["events"]), 100)
errors = watch.get_metric_statistics(
    Namespace="Own", MetricName="Errors", Period=3600, Statistics=["Sum"], **between)["Datapoints"]
want("what a filter measured", sum(d["Sum"] for d in errors), 10)
try:
    logs.create_log_group(logGroupName="/boto")
except logs.exceptions.ResourceAlreadyExistsException:
    pass
else:
    raise AssertionError("a log group was created twice")
logs.delete_log_group(logGroupName="/boto")
