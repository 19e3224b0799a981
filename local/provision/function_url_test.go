package provision

import (
	"encoding/json"
	"testing"

	"portico/local/gateway/api"
)

const urlFunction = `
  Fn:
    Type: AWS::Lambda::Function
    Metadata: {"portico:source": functions/orders}
    Properties:
      {FunctionName: orders, Runtime: provided.al2023, Handler: bootstrap, Role: r, Code: {S3Bucket: b, S3Key: k}}
  Live:
    Type: AWS::Lambda::Alias
    Properties: {FunctionName: !Ref Fn, FunctionVersion: $LATEST, Name: live}
`

func TestReadOfFunctionURLs(t *testing.T) {
	app := readWhole(t, urlFunction+`
  Url:
    Type: AWS::Lambda::Url
    Properties:
      TargetFunctionArn: !GetAtt Fn.Arn
      AuthType: NONE
      InvokeMode: RESPONSE_STREAM
      Cors: {AllowOrigins: ["*"], AllowMethods: [GET], AllowHeaders: [x-a], ExposeHeaders: [x-b], AllowCredentials: true, MaxAge: 600}
  LiveUrl:
    Type: AWS::Lambda::Url
    Properties: {TargetFunctionArn: orders, Qualifier: live, AuthType: AWS_IAM}
  Public:
    Type: AWS::Lambda::Permission
    Properties: {Action: lambda:InvokeFunctionUrl, FunctionName: !Ref Fn, Principal: "*", FunctionUrlAuthType: NONE}
  ViaUrl:
    Type: AWS::Lambda::Permission
    Properties: {Action: lambda:InvokeFunction, FunctionName: !Ref Fn, Principal: "*", InvokedViaFunctionUrl: true}
  Account:
    Type: AWS::Lambda::Permission
    Properties: {Action: lambda:InvokeFunctionUrl, FunctionName: !Ref Live, Principal: "999999999999", FunctionUrlAuthType: AWS_IAM}
  Role:
    Type: AWS::Lambda::Permission
    Properties:
      {Action: lambda:InvokeFunction, FunctionName: !Ref Live, Principal: "arn:aws:iam::999999999999:role/r", SourceAccount: "999999999999"}
  Service:
    Type: AWS::Lambda::Permission
    Properties: {Action: lambda:InvokeFunction, FunctionName: !Ref Live, Principal: s3.amazonaws.com, SourceArn: "arn:aws:s3:::b"}
  Organization:
    Type: AWS::Lambda::Permission
    Properties: {Action: lambda:InvokeFunction, FunctionName: !Ref Live, Principal: "*", PrincipalOrgID: o-1}
`)
	if len(app.URLs) != 2 {
		t.Fatalf("got %+v, want two URLs", app.URLs)
	}
	arn, age := app.Lambda.Functions[0].ARN, 600
	urls := map[string]api.FunctionURL{}
	policies := map[string]any{}
	for _, u := range app.URLs {
		var policy any
		if err := json.Unmarshal(u.Policy, &policy); err != nil {
			t.Fatal(err)
		}
		if len(u.ID) != 32 {
			t.Errorf("the id is %q, want 32 letters", u.ID)
		}
		policies[u.Name] = policy.(map[string]any)["Statement"]
		u.ID, u.Policy = "", nil
		urls[u.Name] = u
	}
	account := api.Account{ID: "123456789012", Region: "us-east-1", Partition: "aws"}
	equal(t, "URLs", map[string]api.FunctionURL{
		"orders-url": {
			Name: "orders-url", Account: account, FunctionARN: arn, AuthType: "NONE", InvokeMode: "RESPONSE_STREAM",
			CORS: &api.CORS{
				AllowOrigins: []string{"*"}, AllowMethods: []string{"GET"}, AllowHeaders: []string{"x-a"},
				ExposeHeaders: []string{"x-b"}, AllowCredentials: true, MaxAge: &age,
			},
		},
		"orders-live-url": {Name: "orders-live-url", Account: account, FunctionARN: arn + ":live", AuthType: "AWS_IAM", InvokeMode: "BUFFERED"},
	}, urls)
	statement := func(sid, action, on string, principal, condition any) any {
		made := map[string]any{"Sid": sid, "Effect": "Allow", "Action": "lambda:" + action, "Resource": on, "Principal": principal}
		if condition != nil {
			made["Condition"] = condition
		}
		return made
	}
	when := func(operator, key, value string) any {
		return map[string]any{operator: map[string]any{key: value}}
	}
	equal(t, "policies", map[string]any{
		"orders-url": []any{
			statement("Public", "InvokeFunctionUrl", arn, "*", when("StringEquals", "lambda:FunctionUrlAuthType", "NONE")),
			statement("ViaUrl", "InvokeFunction", arn, "*", when("Bool", "lambda:InvokedViaFunctionUrl", "true")),
		},
		"orders-live-url": []any{
			statement("Account", "InvokeFunctionUrl", arn+":live", map[string]any{"AWS": "arn:aws:iam::999999999999:root"},
				when("StringEquals", "lambda:FunctionUrlAuthType", "AWS_IAM")),
			statement("Role", "InvokeFunction", arn+":live", map[string]any{"AWS": "arn:aws:iam::999999999999:role/r"},
				when("StringEquals", "aws:SourceAccount", "999999999999")),
			statement("Service", "InvokeFunction", arn+":live", map[string]any{"Service": "s3.amazonaws.com"},
				when("ArnLike", "aws:SourceArn", "arn:aws:s3:::b")),
		},
	}, policies)
	equal(t, "what API Gateway may invoke", 2, len(app.Lambda.Permissions)) // Role and Service
}
