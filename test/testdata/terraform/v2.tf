resource "aws_apigatewayv2_api" "http" {
  name          = "tf-http"
  protocol_type = "HTTP"
  cors_configuration {
    allow_origins = ["https://app.example.com"]
    allow_methods = ["GET", "POST"]
    max_age       = 300
  }
}

resource "aws_apigatewayv2_authorizer" "simple" {
  api_id                            = aws_apigatewayv2_api.http.id
  name                              = "simple"
  authorizer_type                   = "REQUEST"
  authorizer_uri                    = aws_lambda_function.greet.invoke_arn
  identity_sources                  = ["$request.header.Authorization"]
  authorizer_payload_format_version = "2.0"
  enable_simple_responses           = true
  authorizer_result_ttl_in_seconds  = 0
}

resource "aws_apigatewayv2_integration" "greet" {
  api_id                 = aws_apigatewayv2_api.http.id
  integration_type       = "AWS_PROXY"
  integration_uri        = aws_lambda_alias.live.invoke_arn
  payload_format_version = "2.0"
}

resource "aws_apigatewayv2_route" "open" {
  api_id    = aws_apigatewayv2_api.http.id
  route_key = "GET /greet/{name}"
  target    = "integrations/${aws_apigatewayv2_integration.greet.id}"
}

resource "aws_apigatewayv2_route" "guarded" {
  api_id             = aws_apigatewayv2_api.http.id
  route_key          = "GET /guarded"
  target             = "integrations/${aws_apigatewayv2_integration.greet.id}"
  authorization_type = "CUSTOM"
  authorizer_id      = aws_apigatewayv2_authorizer.simple.id
}

resource "aws_apigatewayv2_stage" "http" {
  api_id      = aws_apigatewayv2_api.http.id
  name        = "$default"
  auto_deploy = true
  access_log_settings { # as in the tutorial "Deploy serverless applications with AWS Lambda"
    destination_arn = aws_cloudwatch_log_group.access.arn
    format = jsonencode({
      requestId = "$context.requestId", resourcePath = "$context.resourcePath"
      routeKey  = "$context.routeKey", status = "$context.status"
    })
  }
  default_route_settings {
    throttling_rate_limit  = 100
    throttling_burst_limit = 50
  }
  route_settings {
    route_key              = aws_apigatewayv2_route.open.route_key
    throttling_rate_limit  = 10
    throttling_burst_limit = 5
  }
}

resource "aws_apigatewayv2_api" "websocket" {
  name                       = "tf-websocket"
  protocol_type              = "WEBSOCKET"
  route_selection_expression = "$request.body.action"
}

resource "aws_apigatewayv2_integration" "messages" {
  api_id             = aws_apigatewayv2_api.websocket.id
  integration_type   = "AWS_PROXY"
  integration_uri    = aws_lambda_alias.live.invoke_arn
  integration_method = "POST"
}

resource "aws_apigatewayv2_route" "default" {
  api_id                              = aws_apigatewayv2_api.websocket.id
  route_key                           = "$default"
  target                              = "integrations/${aws_apigatewayv2_integration.messages.id}"
  route_response_selection_expression = "$default"
}

resource "aws_apigatewayv2_route_response" "default" {
  api_id             = aws_apigatewayv2_api.websocket.id
  route_id           = aws_apigatewayv2_route.default.id
  route_response_key = "$default"
}

resource "aws_apigatewayv2_deployment" "websocket" {
  api_id     = aws_apigatewayv2_api.websocket.id
  depends_on = [aws_apigatewayv2_route_response.default]
  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_apigatewayv2_stage" "websocket" {
  api_id        = aws_apigatewayv2_api.websocket.id
  name          = "dev"
  deployment_id = aws_apigatewayv2_deployment.websocket.id
}

output "http_endpoint" { value = aws_apigatewayv2_api.http.api_endpoint }

output "http_id" { value = aws_apigatewayv2_api.http.id }

output "websocket_id" { value = aws_apigatewayv2_api.websocket.id }
