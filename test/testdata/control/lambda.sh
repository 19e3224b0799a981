#!/bin/sh
# Creates functions with the aws CLI, releases them and calls them. AWS_ENDPOINT_URL says where;
# CODE_A and CODE_B are two releases of a program, as zip files.
set -eu

lambda() { aws lambda "$@" --output text; }
want() { [ "$2" = "$3" ] || { echo "$1: got $2, want $3" >&2; exit 1; }; }
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
release() { # of a function, by a qualifier
  aws lambda invoke --function-name "$1" "$work/out" >/dev/null
  sed 's/.*"release":"\([^"]*\)".*/\1/' "$work/out"
}

lambda create-function --function-name cli --runtime provided.al2023 --handler bootstrap \
  --role arn:aws:iam::123456789012:role/cli --zip-file "fileb://$CODE_A" --timeout 10 \
  --tags team=x >/dev/null
lambda wait function-active-v2 --function-name cli
want 'the first release' "$(release cli)" a
want 'the code' "$(curl -s "$(lambda get-function --function-name cli --query Code.Location)" \
  | cmp - "$CODE_A" && echo same)" same
tail=$(lambda invoke --function-name cli --log-type Tail --query LogResult "$work/out" | base64 -d)
case $tail in *'release a'*REPORT*) ;; *) echo "the log is $tail" >&2; exit 1 ;; esac

want 'version' "$(lambda publish-version --function-name cli --query Version)" 1
lambda update-function-code --function-name cli --zip-file "fileb://$CODE_B" >/dev/null
lambda wait function-updated-v2 --function-name cli
want 'version' "$(lambda publish-version --function-name cli --query Version)" 2
lambda create-alias --function-name cli --name live --function-version 1 >/dev/null
want 'the alias' "$(release cli:live)" a
lambda update-alias --function-name cli --name live \
  --routing-config 'AdditionalVersionWeights={2=1.0}' >/dev/null
want 'the shifted alias' "$(release cli:live)" b
lambda update-alias --function-name cli --name live --function-version 2 \
  --routing-config 'AdditionalVersionWeights={}' >/dev/null
want 'the promoted alias' "$(release cli:live)" b

# A REST API calls the alias, once it may.
api=$(aws apigateway create-rest-api --name functions --query id --output text)
root=$(aws apigateway get-resources --rest-api-id "$api" --query 'items[0].id' --output text)
function=arn:aws:lambda:us-east-1:123456789012:function:cli:live
aws apigateway put-method --rest-api-id "$api" --resource-id "$root" --http-method GET \
  --authorization-type NONE >/dev/null
aws apigateway put-integration --rest-api-id "$api" --resource-id "$root" --http-method GET \
  --type AWS_PROXY --integration-http-method POST \
  --uri "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/$function/invocations" >/dev/null
aws apigateway create-deployment --rest-api-id "$api" --stage-name dev >/dev/null
call() { curl -s -w ' %{http_code}' "$@"; }
url="$AWS_ENDPOINT_URL/restapis/$api/dev/_user_request_/"
want 'without permission' "$(call "$url")" '{"message": "Internal server error"} 500'
lambda add-permission --function-name cli --qualifier live --statement-id gateway \
  --action lambda:InvokeFunction --principal apigateway.amazonaws.com \
  --source-arn "arn:aws:execute-api:us-east-1:123456789012:$api/*/GET/" >/dev/null
want 'with permission' "$(call "$url")" '{"release":"b","version":"2"} 200'

# A function URL, and one function that calls the other through AWS_ENDPOINT_URL.
function_url=$(lambda create-function-url-config --function-name cli --auth-type NONE \
  --query FunctionUrl)
want 'a URL without permission' "$(curl -s -o /dev/null -w '%{http_code}' "$function_url")" 403
lambda add-permission --function-name cli --statement-id url --action lambda:InvokeFunctionUrl \
  --principal '*' --function-url-auth-type NONE >/dev/null
lambda add-permission --function-name cli --statement-id via --action lambda:InvokeFunction \
  --principal '*' --invoked-via-function-url >/dev/null
want 'a URL' "$(call "$function_url")" '{"release":"b","version":"$LATEST"} 200'
printf '{"function":"cli:1"}' >"$work/event"
lambda invoke --function-name cli --payload "fileb://$work/event" "$work/out" >/dev/null
case $(cat "$work/out") in *'"status":200'*) ;; *) cat "$work/out" >&2; exit 1 ;; esac

lambda delete-function --function-name cli >/dev/null
refused=$(lambda invoke --function-name cli "$work/out" 2>&1 || true)
case $refused in
*'(ResourceNotFoundException) when calling the Invoke operation: Function not found: '*) ;;
*) echo "after the end: $refused" >&2; exit 1 ;;
esac
