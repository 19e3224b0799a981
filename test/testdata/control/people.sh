#!/bin/sh
# Makes a role and a web ACL with the aws CLI, and takes them away. AWS_ENDPOINT_URL says where.
set -eu

want() { [ "$2" = "$3" ] || { echo "$1: got $2, want $3" >&2; exit 1; }; }
refused() { want "$1" "$(shift; "$@" 2>&1 | sed -n 's/.*(\([A-Za-z]*\)).*/\1/p')" "$1"; }

trust='{"Version":"2012-10-17","Statement":[{"Effect":"Allow",
  "Principal":{"AWS":"123456789012"},"Action":"sts:AssumeRole"}]}'
arn=$(aws iam create-role --role-name cli --assume-role-policy-document "$trust" \
  --query Role.Arn --output text)
want role "$arn" arn:aws:iam::123456789012:role/cli
basic=arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole
aws iam attach-role-policy --role-name cli --policy-arn "$basic"
want attached "$(aws iam list-attached-role-policies --role-name cli \
  --query 'AttachedPolicies[0].PolicyName' --output text)" AWSLambdaBasicExecutionRole
refused DeleteConflict aws iam delete-role --role-name cli
refused EntityAlreadyExists aws iam create-role --role-name cli \
  --assume-role-policy-document "$trust"

session=$(aws sts assume-role --role-arn "$arn" --role-session-name me \
  --query 'Credentials.[AccessKeyId,SecretAccessKey,SessionToken]' --output text)
want session "$(echo "$session" | {
  read -r id secret token
  AWS_ACCESS_KEY_ID=$id AWS_SECRET_ACCESS_KEY=$secret AWS_SESSION_TOKEN=$token \
    aws sts get-caller-identity --query Arn --output text
})" arn:aws:sts::123456789012:assumed-role/cli/me

aws iam detach-role-policy --role-name cli --policy-arn "$basic"
aws iam delete-role --role-name cli

visible=SampledRequestsEnabled=false,CloudWatchMetricsEnabled=false,MetricName=m
set -- $(aws wafv2 create-ip-set --name office --scope REGIONAL --ip-address-version IPV4 \
  --addresses 192.0.2.0/24 --query 'Summary.[Id,LockToken,ARN]' --output text)
want capacity "$(aws wafv2 check-capacity --scope REGIONAL --query Capacity --output text --rules \
  '[{"Name":"r","Priority":0,"Action":{"Block":{}},"VisibilityConfig":{"SampledRequestsEnabled":false,
  "CloudWatchMetricsEnabled":false,"MetricName":"m"},"Statement":{"IPSetReferenceStatement":{"ARN":"'"$3"'"}}}]')" 1
aws wafv2 update-ip-set --name office --scope REGIONAL --id "$1" --lock-token "$2" \
  --addresses 198.51.100.0/24 >/dev/null
refused WAFOptimisticLockException aws wafv2 update-ip-set --name office --scope REGIONAL \
  --id "$1" --lock-token "$2" --addresses 203.0.113.0/24
refused WAFInvalidParameterException aws wafv2 create-web-acl --name acl --scope CLOUDFRONT \
  --default-action Allow={} --visibility-config "$visible"

# What a web ACL blocks is sampled. The template has one API.
visible=SampledRequestsEnabled=true,CloudWatchMetricsEnabled=false,MetricName=all
api=$(aws apigateway get-rest-apis --query 'items[0].id' --output text)
stage=arn:aws:apigateway:us-east-1::/restapis/$api/stages/dev
set -- $(aws wafv2 create-web-acl --name acl --scope REGIONAL --default-action Block={} \
  --visibility-config "$visible" --query 'Summary.[Id,LockToken,ARN]' --output text)
aws wafv2 associate-web-acl --web-acl-arn "$3" --resource-arn "$stage"
curl -s -H 'X-Case: kept' "$AWS_ENDPOINT_URL/restapis/$api/dev/_user_request_/a?b=c" >/dev/null
sampled() {
  aws wafv2 get-sampled-requests --web-acl-arn "$1" --scope REGIONAL --rule-metric-name "$2" \
    --max-items 100 --output text --query "$3" --time-window \
    "StartTime=$(($(date +%s) - 900)),EndTime=$(($(date +%s) + 60))"
}
want sampled "$(sampled "$3" all 'SampledRequests[].[Action,Request.URI,Request.Method]')" \
  "BLOCK	/dev/a?b=c	GET"
want headers "$(sampled "$3" ALL \
  'SampledRequests[0].Request.Headers[?Name==`X-Case`].Value')" kept
refused WAFNonexistentItemException sampled "$3" other PopulationSize
aws wafv2 disassociate-web-acl --resource-arn "$stage"
aws wafv2 delete-web-acl --name acl --scope REGIONAL --id "$1" --lock-token "$2"

want groups "$(aws wafv2 list-available-managed-rule-groups --scope REGIONAL \
  --query 'ManagedRuleGroups[?Name==`AWSManagedRulesCommonRuleSet`].VendorName' --output text)" AWS
