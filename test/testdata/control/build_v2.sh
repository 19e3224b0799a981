# Builds an HTTP API from nothing with the aws CLI and calls it. AWS_ENDPOINT_URL says where;
# backend.example.com is listed in portico.yaml.
set -eu

v2() { aws apigatewayv2 --output text "$@"; }
call() { curl -s -o "$out" -w '%{http_code} ' "$AWS_ENDPOINT_URL/restapis/$api/$1/_user_request_$2" && cat "$out"; }
want() { [ "$1" = "$2" ] || { echo "got  $1"; echo "want $2"; exit 1; }; }
out=$(mktemp)
trap 'rm -f "$out"' EXIT

api=$(v2 create-api --name cli --protocol-type HTTP --query ApiId \
	--cors-configuration AllowOrigins=https://app.example.com)
integration=$(v2 create-integration --api-id "$api" --integration-type HTTP_PROXY \
	--integration-method ANY --integration-uri 'https://backend.example.com/{proxy}' \
	--payload-format-version 1.0 --query IntegrationId)
v2 create-route --api-id "$api" --route-key 'ANY /{proxy+}' --target "integrations/$integration" >"$out"
deployment=$(v2 create-deployment --api-id "$api" --query DeploymentId)
v2 create-stage --api-id "$api" --stage-name dev --deployment-id "$deployment" \
	--stage-variables tier=test >"$out"
want "$(call dev /orders/7)" '200 GET /orders/7'
want "$(v2 get-stage --api-id "$api" --stage-name dev --query StageVariables.tier)" test

v2 tag-resource --resource-arn "arn:aws:apigateway:us-east-1::/apis/$api/stages/dev" --tags team=orders
want "$(v2 get-tags --resource-arn "arn:aws:apigateway:us-east-1::/apis/$api/stages/dev" \
	--query Tags.team)" orders

v2 update-stage --api-id "$api" --stage-name dev \
	--default-route-settings ThrottlingRateLimit=1,ThrottlingBurstLimit=1 >"$out"
limited=no
for _ in 1 2 3 4 5 6 7 8 9; do
	case "$(call dev /orders)" in 429*) limited=yes ;; esac
done
want "$limited" yes

if v2 create-route --api-id "$api" --route-key nonsense 2>"$out"; then exit 1; fi
grep -q BadRequestException "$out"
v2 delete-api --api-id "$api"
want "$(call dev /orders)" '403 {"message":"Forbidden"}'
