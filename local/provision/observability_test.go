package provision

import (
	"strings"
	"testing"
)

const observed = `
Resources:
  Group:
    Type: AWS::Logs::LogGroup
    Properties: {LogGroupName: /access/dev, RetentionInDays: "30"}
  Failures:
    Type: AWS::Logs::MetricFilter
    Properties:
      LogGroupName: !Ref Group
      FilterName: failures
      FilterPattern: "{ $.status = 5* }"
      MetricTransformations:
        - {MetricName: Failures, MetricNamespace: Own, MetricValue: 1, DefaultValue: "0"}
  Elsewhere:
    Type: AWS::Logs::MetricFilter
    Properties:
      LogGroupName: /aws/lambda/orders
      FilterPattern: ERROR
      MetricTransformations: [{MetricName: Errors, MetricNamespace: Own, MetricValue: "$.n"}]
  Plain:
    Type: AWS::CloudWatch::Alarm
    Properties:
      AlarmName: plain
      Namespace: AWS/ApiGateway
      MetricName: 5XXError
      Dimensions: [{Name: ApiName, Value: partner}]
      Statistic: Sum
      Period: "60"
      EvaluationPeriods: "2"
      Threshold: "1.5"
      ComparisonOperator: GreaterThanThreshold
      ActionsEnabled: "false"
  Computed:
    Type: AWS::CloudWatch::Alarm
    Properties:
      EvaluationPeriods: 1
      Threshold: 1
      ComparisonOperator: GreaterThanThreshold
      Metrics:
        - {Id: e, Expression: m / 2, ReturnData: "true"}
        - {Id: m, ReturnData: false, MetricStat: {Stat: Sum, Period: "300", Metric: {MetricName: Count}}}
  Both:
    Type: AWS::CloudWatch::CompositeAlarm
    Properties: {AlarmName: both, AlarmRule: !Sub 'ALARM("${Plain}")'}
  Board:
    Type: AWS::CloudWatch::Dashboard
    Properties: {DashboardName: board, DashboardBody: '{"widgets": []}'}
`

func TestReadOfLogsAndAlarms(t *testing.T) {
	app, err := readText(t, observed)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "log groups", []LogGroup{
		{
			Name: "/access/dev", Region: "us-east-1", RetentionDays: 30, Class: "STANDARD",
			Filters: []MetricFilter{{
				Name: "failures", Pattern: "{ $.status = 5* }",
				Transformations: []map[string]any{{
					"MetricName": "Failures", "MetricNamespace": "Own", "MetricValue": "1",
					"DefaultValue": 0.0,
				}},
			}},
		},
		{Name: "/aws/lambda/orders", Region: "us-east-1", Filters: []MetricFilter{{
			Name: app.LogGroups[1].Filters[0].Name, Pattern: "ERROR",
			Transformations: []map[string]any{{
				"MetricName": "Errors", "MetricNamespace": "Own", "MetricValue": "$.n",
			}},
		}}},
	}, app.LogGroups)
	if len(app.Alarms) != 3 || !strings.Contains(app.Alarms[0].Name, "Computed") {
		t.Fatalf("got alarms %+v", app.Alarms)
	}
	plain := app.Alarms[1].Properties
	for name, want := range map[string]any{
		"Period": 60.0, "EvaluationPeriods": 2.0, "Threshold": 1.5, "ActionsEnabled": false,
		"MetricName": "5XXError",
	} {
		if plain[name] != want {
			t.Errorf("%s is %v, want %v", name, plain[name], want)
		}
	}
	queries := app.Alarms[0].Properties["Metrics"].([]any)
	computed, metric := queries[0].(map[string]any), queries[1].(map[string]any)
	if computed["ReturnData"] != true || metric["ReturnData"] != false ||
		metric["MetricStat"].(map[string]any)["Period"] != 300.0 {
		t.Errorf("got queries %v", queries)
	}
	equal(t, "the composite alarm", Alarm{
		Name: "both", Region: "us-east-1", Composite: true, Properties: map[string]any{
			"AlarmName": "both", "AlarmRule": `ALARM("plain")`,
		},
	}, app.Alarms[2])
	equal(t, "dashboards", []Dashboard{
		{Name: "board", Region: "us-east-1", Body: `{"widgets": []}`},
	}, app.Dashboards)
}
