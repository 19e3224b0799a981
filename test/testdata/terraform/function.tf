resource "aws_iam_role" "function" {
  name = "tf-function"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "lambda.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy" "function" {
  name = "logs"
  role = aws_iam_role.function.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "logs:*", Resource = "*" }]
  })
}

resource "aws_iam_role_policy_attachment" "basic" {
  role       = aws_iam_role.function.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
}

resource "aws_cloudwatch_log_group" "access" {
  name              = "/tf/access"
  retention_in_days = 14
}

resource "aws_lambda_function" "greet" {
  function_name    = "tf-greet"
  role             = aws_iam_role.function.arn
  runtime          = "provided.al2023"
  handler          = "bootstrap"
  filename         = var.zip
  source_code_hash = filebase64sha256(var.zip)
  timeout          = 10
  publish          = true
  environment {
    variables = { GREETING = var.greeting }
  }
}

resource "aws_lambda_alias" "live" {
  name             = "live"
  function_name    = aws_lambda_function.greet.function_name
  function_version = aws_lambda_function.greet.version
}

resource "aws_lambda_permission" "rest" {
  statement_id  = "rest"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.greet.function_name
  qualifier     = aws_lambda_alias.live.name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_api_gateway_rest_api.rest.execution_arn}/*"
}

resource "aws_lambda_permission" "http" {
  statement_id  = "http"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.greet.function_name
  qualifier     = aws_lambda_alias.live.name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_apigatewayv2_api.http.execution_arn}/*"
}

resource "aws_lambda_permission" "authorizers" {
  for_each      = { rest = aws_api_gateway_rest_api.rest.execution_arn, http = aws_apigatewayv2_api.http.execution_arn }
  statement_id  = "authorizer-${each.key}"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.greet.function_name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${each.value}/authorizers/*"
}

resource "aws_lambda_permission" "websocket" {
  statement_id  = "websocket"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.greet.function_name
  qualifier     = aws_lambda_alias.live.name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_apigatewayv2_api.websocket.execution_arn}/*"
}
