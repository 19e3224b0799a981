#!/bin/sh
# Looks at what an API measures and logs with the aws CLI. AWS_ENDPOINT_URL says where.
set -eu

watch() { aws cloudwatch "$@" --output text; }
logs() { aws logs "$@" --output text; }
want() { [ "$2" = "$3" ] || { echo "$1: got $2, want $3" >&2; exit 1; }; }
knob() { curl -s -X POST "$AWS_ENDPOINT_URL/_portico/$1" >/dev/null; }
at() { date -u -d "$1" +%Y-%m-%dT%H:%M:00Z; }

api=$(aws apigateway get-rest-apis --query 'items[?name==`described`].id' --output text)
dimensions="Name=ApiName,Value=described Name=Stage,Value=dev"
watch put-metric-alarm --alarm-name busy --namespace AWS/ApiGateway --metric-name Count \
  --dimensions $dimensions --statistic Sum --period 60 --evaluation-periods 1 --threshold 2 \
  --comparison-operator GreaterThanOrEqualToThreshold --alarm-actions arn:aws:sns:us-east-1:1:t
watch put-composite-alarm --alarm-name any --alarm-rule 'ALARM("busy")'
want 'an alarm at first' \
  "$(watch describe-alarms --alarm-names busy --query 'MetricAlarms[0].StateValue')" INSUFFICIENT_DATA
for path in "" "" nowhere; do
  curl -s "$AWS_ENDPOINT_URL/restapis/$api/dev/_user_request_/$path" >/dev/null
done
sum() {
  watch get-metric-statistics --namespace AWS/ApiGateway --metric-name "$1" --statistics Sum \
    --dimensions $dimensions --period 3600 --start-time "$(at '-10 minutes')" \
    --end-time "$(at '+10 minutes')" --query 'sum(Datapoints[].Sum)'
}
want 'the count' "$(sum Count)" 3.0
want 'the errors' "$(sum 4XXError)" 1.0
knob 'clock/advance?by=2m'
want 'an alarm' "$(watch describe-alarm-history --alarm-name busy --history-item-type StateUpdate \
  --scan-by TimestampAscending --query 'AlarmHistoryItems[0].HistorySummary')" \
  'Alarm updated from INSUFFICIENT_DATA to ALARM'
watch set-alarm-state --alarm-name busy --state-value ALARM --state-reason try
want 'an alarm that was set' \
  "$(watch describe-alarms --state-value ALARM --query 'MetricAlarms[].AlarmName')" busy
knob 'clock/set?to=now'

watch put-metric-data --namespace Own --metric-name Orders --value 4 --unit Count
want 'a metric of its own' "$(watch list-metrics --namespace Own --query 'Metrics[].MetricName')" Orders
watch put-dashboard --dashboard-name own --dashboard-body '{"widgets": []}'
want dashboards "$(watch list-dashboards --query 'DashboardEntries[].DashboardName')" own
refused=$(watch put-metric-data --namespace AWS/Own --metric-name m --value 1 2>&1 || true)
case "$refused" in
  *'(InvalidParameterValue)'*'The value AWS/ for parameter Namespace is invalid.'*) ;;
  *) echo "a reserved namespace: $refused" >&2; exit 1 ;;
esac
watch delete-alarms --alarm-names any busy
watch delete-dashboards --dashboard-names own

logs create-log-group --log-group-name /cli --tags team=x
logs put-retention-policy --log-group-name /cli --retention-in-days 7
logs create-log-stream --log-group-name /cli --log-stream-name s
now=$(date +%s)000
logs put-log-events --log-group-name /cli --log-stream-name s --log-events \
  "[{\"timestamp\": $now, \"message\": \"{\\\"status\\\": 200}\"},
    {\"timestamp\": $now, \"message\": \"{\\\"status\\\": 503}\"}]" >/dev/null
want 'events that match' "$(logs filter-log-events --log-group-name /cli \
  --filter-pattern '{ $.status >= 500 }' --query 'events[].message')" '{"status": 503}'
want retention "$(logs describe-log-groups --log-group-name-prefix /cli \
  --query 'logGroups[0].retentionInDays')" 7
logs delete-log-group --log-group-name /cli
