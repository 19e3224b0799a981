#!/bin/sh
# Builds an API from nothing with the aws CLI and calls it. AWS_ENDPOINT_URL says where.
set -eu

gateway() { aws apigateway "$@" --output text; }
want() { [ "$2" = "$3" ] || { echo "$1: got $2, want $3" >&2; exit 1; }; }

want account "$(aws sts get-caller-identity --query Account --output text)" 123456789012
want described "$(gateway get-rest-apis --query 'items[?name==`described`].name')" described

api=$(gateway create-rest-api --name cli --query id)
root=$(gateway get-resources --rest-api-id "$api" --query 'items[0].id')
pet=$(gateway create-resource --rest-api-id "$api" --parent-id "$root" --path-part '{pet}' --query id)
at="--rest-api-id $api --resource-id $pet --http-method GET"
gateway put-method $at --authorization-type NONE --api-key-required >/dev/null
gateway put-integration $at --type MOCK \
  --request-templates '{"application/json": "{\"statusCode\": 200}"}' >/dev/null
gateway put-method-response $at --status-code 200 >/dev/null
gateway put-integration-response $at --status-code 200 \
  --response-templates '{"application/json": "$stageVariables.greeting"}' >/dev/null
deployment=$(gateway create-deployment --rest-api-id "$api" --stage-name dev \
  --variables greeting=hello --query id)

key=$(gateway create-api-key --name cli --enabled --value 0123456789-0123456789 --query id)
plan=$(gateway create-usage-plan --name cli --api-stages "apiId=$api,stage=dev" --query id)
gateway create-usage-plan-key --usage-plan-id "$plan" --key-id "$key" --key-type API_KEY >/dev/null

port=${AWS_ENDPOINT_URL##*:}
call() { curl -s -w ' %{http_code}' "$@"; }
url="http://$api.execute-api.localhost:$port/dev/tom"
want 'without a key' "$(call "$url")" '{"message":"Forbidden"} 403'
want 'with a key' "$(call -H 'x-api-key: 0123456789-0123456789' "$url")" 'hello 200'
want 'by path' "$(call -H 'x-api-key: 0123456789-0123456789' \
  "$AWS_ENDPOINT_URL/restapis/$api/dev/_user_request_/tom")" 'hello 200'
gateway update-stage --rest-api-id "$api" --stage-name dev \
  --patch-operations op=replace,path=/variables/greeting,value=bye >/dev/null
want 'with another variable' "$(call -H 'x-api-key: 0123456789-0123456789' "$url")" 'bye 200'
want 'test-invoke-method' "$(gateway test-invoke-method $at --query status)" 200

refused=$(gateway delete-deployment --rest-api-id "$api" --deployment-id "$deployment" 2>&1 || true)
case $refused in
*'(BadRequestException) when calling the DeleteDeployment operation: Active stages pointing to'*) ;;
*) echo "deleting a deployment in use: $refused" >&2; exit 1 ;;
esac
gateway update-usage-plan --usage-plan-id "$plan" \
  --patch-operations "op=remove,path=/apiStages,value=$api:dev" >/dev/null
gateway delete-usage-plan --usage-plan-id "$plan"
gateway delete-rest-api --rest-api-id "$api"
want 'after the end' "$(call "$url")" '{"message":"Forbidden"} 403'
