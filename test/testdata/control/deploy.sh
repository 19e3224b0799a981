# Copies files to a bucket and deploys a template, as the aws CLI does.
set -e
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
aws s3 mb s3://of-the-cli >"$work/out"
head -c 12000000 /dev/zero | tr '\0' 'x' >"$work/big"
aws s3 cp "$work/big" s3://of-the-cli/folder/big --no-progress >"$work/out"
aws s3 cp s3://of-the-cli/folder/big "$work/back" --no-progress >"$work/out"
cmp "$work/big" "$work/back"
test "$(aws s3 ls s3://of-the-cli/folder/ | awk '{print $3, $4}')" = "12000000 big"
cat >"$work/template.yaml" <<'YAML'
Parameters:
  Delay: {Type: Number, Default: 1}
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties: {DelaySeconds: !Ref Delay}
Outputs:
  Url: {Value: !Ref Queue}
YAML
aws cloudformation deploy --stack-name of-the-cli --template-file "$work/template.yaml" >"$work/out"
aws cloudformation deploy --stack-name of-the-cli --template-file "$work/template.yaml" \
    --parameter-overrides Delay=2 --s3-bucket of-the-cli >"$work/out"
aws cloudformation deploy --stack-name of-the-cli --template-file "$work/template.yaml" \
    --no-fail-on-empty-changeset >"$work/out"
grep -q "No changes to deploy" "$work/out"
status=$(aws cloudformation describe-stacks --stack-name of-the-cli \
    --query 'Stacks[0].[StackStatus,Parameters[0].ParameterValue]' --output text)
test "$status" = "UPDATE_COMPLETE	2"
aws cloudformation delete-stack --stack-name of-the-cli
aws cloudformation wait stack-delete-complete --stack-name of-the-cli
aws s3 rb s3://of-the-cli --force >"$work/out"
