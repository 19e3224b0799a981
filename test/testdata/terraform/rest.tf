resource "aws_api_gateway_rest_api" "rest" {
  name        = "tf-rest"
  description = "A REST API of Terraform."
  endpoint_configuration {
    types = ["REGIONAL"]
  }
}

resource "aws_api_gateway_resource" "items" {
  rest_api_id = aws_api_gateway_rest_api.rest.id
  parent_id   = aws_api_gateway_rest_api.rest.root_resource_id
  path_part   = "items"
}

resource "aws_api_gateway_resource" "guarded" {
  rest_api_id = aws_api_gateway_rest_api.rest.id
  parent_id   = aws_api_gateway_rest_api.rest.root_resource_id
  path_part   = "guarded"
}

resource "aws_api_gateway_model" "item" {
  rest_api_id  = aws_api_gateway_rest_api.rest.id
  name         = "Item"
  content_type = "application/json"
  schema = jsonencode({
    "$schema"  = "http://json-schema.org/draft-04/schema#"
    type       = "object"
    required   = ["name"]
    properties = { name = { type = "string" } }
  })
}

resource "aws_api_gateway_request_validator" "body" {
  rest_api_id           = aws_api_gateway_rest_api.rest.id
  name                  = "body"
  validate_request_body = true
}

resource "aws_api_gateway_authorizer" "token" {
  rest_api_id                      = aws_api_gateway_rest_api.rest.id
  name                             = "token"
  type                             = "TOKEN"
  authorizer_uri                   = aws_lambda_function.greet.invoke_arn
  authorizer_result_ttl_in_seconds = 0
}

resource "aws_api_gateway_method" "create" {
  rest_api_id          = aws_api_gateway_rest_api.rest.id
  resource_id          = aws_api_gateway_resource.items.id
  http_method          = "POST"
  authorization        = "NONE"
  api_key_required     = true
  request_validator_id = aws_api_gateway_request_validator.body.id
  request_models       = { "application/json" = aws_api_gateway_model.item.name }
}

resource "aws_api_gateway_integration" "create" {
  rest_api_id             = aws_api_gateway_rest_api.rest.id
  resource_id             = aws_api_gateway_resource.items.id
  http_method             = aws_api_gateway_method.create.http_method
  type                    = "AWS_PROXY"
  integration_http_method = "POST"
  uri                     = aws_lambda_alias.live.invoke_arn
}

resource "aws_api_gateway_method" "guarded" {
  rest_api_id   = aws_api_gateway_rest_api.rest.id
  resource_id   = aws_api_gateway_resource.guarded.id
  http_method   = "GET"
  authorization = "CUSTOM"
  authorizer_id = aws_api_gateway_authorizer.token.id
}

resource "aws_api_gateway_integration" "guarded" {
  rest_api_id       = aws_api_gateway_rest_api.rest.id
  resource_id       = aws_api_gateway_resource.guarded.id
  http_method       = aws_api_gateway_method.guarded.http_method
  type              = "MOCK"
  request_templates = { "application/json" = jsonencode({ statusCode = 200 }) }
}

resource "aws_api_gateway_method_response" "guarded" {
  rest_api_id     = aws_api_gateway_rest_api.rest.id
  resource_id     = aws_api_gateway_resource.guarded.id
  http_method     = aws_api_gateway_method.guarded.http_method
  status_code     = "200"
  response_models = { "application/json" = "Empty" }
}

resource "aws_api_gateway_integration_response" "guarded" {
  rest_api_id        = aws_api_gateway_rest_api.rest.id
  resource_id        = aws_api_gateway_resource.guarded.id
  http_method        = aws_api_gateway_method.guarded.http_method
  status_code        = aws_api_gateway_method_response.guarded.status_code
  response_templates = { "application/json" = jsonencode({ variable = "$stageVariables.color" }) }
  depends_on         = [aws_api_gateway_integration.guarded]
}

resource "aws_api_gateway_gateway_response" "throttled" {
  rest_api_id         = aws_api_gateway_rest_api.rest.id
  response_type       = "THROTTLED"
  status_code         = "429"
  response_templates  = { "application/json" = "{\"slow\":true}" }
  response_parameters = { "gatewayresponse.header.Retry-After" = "'1'" }
}

resource "aws_api_gateway_deployment" "rest" {
  rest_api_id = aws_api_gateway_rest_api.rest.id
  triggers    = { redeployment = sha1(file("${path.module}/rest.tf")) }
  depends_on = [
    aws_api_gateway_integration.create, aws_api_gateway_integration_response.guarded,
    aws_api_gateway_gateway_response.throttled,
  ]
  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_api_gateway_deployment" "canary" {
  rest_api_id = aws_api_gateway_rest_api.rest.id
  triggers    = { redeployment = "canary" }
  depends_on  = [aws_api_gateway_deployment.rest]
}

resource "aws_api_gateway_stage" "dev" {
  rest_api_id   = aws_api_gateway_rest_api.rest.id
  deployment_id = aws_api_gateway_deployment.rest.id
  stage_name    = "dev"
  variables     = { color = "blue" }
  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.access.arn
    format          = jsonencode({ requestId = "$context.requestId", status = "$context.status" })
  }
  canary_settings {
    deployment_id            = aws_api_gateway_deployment.canary.id
    percent_traffic          = 100
    stage_variable_overrides = { color = "green" }
  }
}

resource "aws_api_gateway_method_settings" "all" {
  rest_api_id = aws_api_gateway_rest_api.rest.id
  stage_name  = aws_api_gateway_stage.dev.stage_name
  method_path = "*/*"
  settings {
    throttling_rate_limit  = 100
    throttling_burst_limit = 50
    metrics_enabled        = true
  }
}

resource "aws_api_gateway_method_settings" "items" {
  rest_api_id = aws_api_gateway_rest_api.rest.id
  stage_name  = aws_api_gateway_stage.dev.stage_name
  method_path = "~1items/POST"
  settings {
    throttling_rate_limit  = 90
    throttling_burst_limit = 40
  }
}

resource "aws_api_gateway_api_key" "partner" {
  name = "tf-partner"
}

resource "aws_api_gateway_usage_plan" "gold" {
  name = "tf-gold"
  api_stages {
    api_id = aws_api_gateway_rest_api.rest.id
    stage  = aws_api_gateway_stage.dev.stage_name
  }
  quota_settings {
    limit  = 1000
    period = "DAY"
  }
  throttle_settings {
    rate_limit  = 20
    burst_limit = 10
  }
}

resource "aws_api_gateway_usage_plan_key" "partner" {
  key_id        = aws_api_gateway_api_key.partner.id
  key_type      = "API_KEY"
  usage_plan_id = aws_api_gateway_usage_plan.gold.id
}

resource "aws_wafv2_ip_set" "blocked" {
  name               = "tf-blocked"
  scope              = "REGIONAL"
  ip_address_version = "IPV4"
  addresses          = ["192.0.2.0/24"]
}

resource "aws_wafv2_web_acl" "rest" {
  name  = "tf-rest"
  scope = "REGIONAL"
  default_action {
    allow {}
  }
  rule {
    name     = "blocked"
    priority = 0
    action {
      block {}
    }
    statement {
      ip_set_reference_statement {
        arn = aws_wafv2_ip_set.blocked.arn
      }
    }
    visibility_config {
      cloudwatch_metrics_enabled = true
      metric_name                = "blocked"
      sampled_requests_enabled   = true
    }
  }
  rule {
    name     = "admin"
    priority = 1
    action {
      block {}
    }
    statement {
      byte_match_statement {
        search_string         = "secret"
        positional_constraint = "CONTAINS"
        field_to_match {
          query_string {}
        }
        text_transformation {
          priority = 0
          type     = "LOWERCASE"
        }
      }
    }
    visibility_config {
      cloudwatch_metrics_enabled = true
      metric_name                = "admin"
      sampled_requests_enabled   = true
    }
  }
  visibility_config {
    cloudwatch_metrics_enabled = true
    metric_name                = "rest"
    sampled_requests_enabled   = true
  }
}

resource "aws_wafv2_web_acl_association" "rest" {
  resource_arn = aws_api_gateway_stage.dev.arn
  web_acl_arn  = aws_wafv2_web_acl.rest.arn
}

output "rest_id" { value = aws_api_gateway_rest_api.rest.id }

output "rest_key" {
  value     = aws_api_gateway_api_key.partner.value
  sensitive = true
}
