# Every zero_trust_access resource of the provider. `step` 0 creates, 1 changes, 2 removes an attribute from each.

terraform {
  required_providers {
    cloudflare = {
      source = "cloudflare/cloudflare"
    }
  }
}

variable "account_id" {
  type = string
}

variable "api" {
  type = string
}

variable "api_token" {
  type      = string
  sensitive = true
}

variable "certificate" {
  type = string
}

variable "step" {
  type    = number
  default = 0
}

locals {
  suffix = var.step == 0 ? "" : " changed"
}

provider "cloudflare" {
  base_url  = var.api
  api_token = var.api_token
}

resource "cloudflare_zero_trust_access_tag" "finance" {
  account_id = var.account_id
  name       = "finance${replace(local.suffix, " ", "-")}"
}

resource "cloudflare_zero_trust_access_service_token" "deploy" {
  account_id = var.account_id
  name       = "deploy${local.suffix}"
  duration   = var.step == 2 ? null : "8760h"
}

resource "cloudflare_zero_trust_access_identity_provider" "github" {
  account_id = var.account_id
  name       = "GitHub${local.suffix}"
  type       = "github"
  config = {
    client_id     = "a-client"
    client_secret = "a-secret"
  }
}

resource "cloudflare_zero_trust_access_group" "staff" {
  account_id = var.account_id
  name       = "staff${local.suffix}"
  include    = [{ email_domain = { domain = "example.com" } }]
  exclude    = var.step == 2 ? null : [{ email = { email = "guest@example.com" } }]
}

resource "cloudflare_zero_trust_access_policy" "machines" {
  account_id = var.account_id
  name       = "machines${local.suffix}"
  decision   = "non_identity"
  include    = [{ service_token = { token_id = cloudflare_zero_trust_access_service_token.deploy.id } }]
}

resource "cloudflare_zero_trust_access_policy" "people" {
  account_id       = var.account_id
  name             = "people${local.suffix}"
  decision         = "allow"
  session_duration = var.step == 2 ? null : "12h"
  include          = [{ group = { id = cloudflare_zero_trust_access_group.staff.id } }]
  require          = var.step == 2 ? null : [{ geo = { country_code = "PT" } }]
}

resource "cloudflare_zero_trust_access_custom_page" "denied" {
  account_id  = var.account_id
  name        = "denied${local.suffix}"
  type        = "forbidden"
  custom_html = "<html><body>Denied${local.suffix}</body></html>"
}

resource "cloudflare_zero_trust_access_mtls_certificate" "machines" {
  account_id           = var.account_id
  name                 = "machines${local.suffix}"
  certificate          = var.certificate
  associated_hostnames = var.step == 2 ? [] : ["mtls.example.com"]
}

resource "cloudflare_zero_trust_access_mtls_hostname_settings" "hosts" {
  account_id = var.account_id
  settings = [{
    hostname                      = "mtls.example.com"
    china_network                 = false
    client_certificate_forwarding = var.step == 0
  }]
}

resource "cloudflare_zero_trust_access_application" "wiki" {
  account_id       = var.account_id
  type             = "self_hosted"
  name             = "Wiki${local.suffix}"
  domain           = "docs.example.com"
  session_duration = var.step == 2 ? null : "30m"
  tags             = [cloudflare_zero_trust_access_tag.finance.name]
  logo_url         = var.step == 2 ? null : "https://www.example.com/logo.png"
  policies = [
    { id = cloudflare_zero_trust_access_policy.machines.id, precedence = 1 },
    { id = cloudflare_zero_trust_access_policy.people.id, precedence = 2 },
  ]
}

resource "cloudflare_zero_trust_access_application" "own_policies" {
  account_id = var.account_id
  type       = "self_hosted"
  name       = "Own${local.suffix}"
  domain     = "own.example.com"
  policies = [
    { name = "staff", decision = "allow", include = [{ email = { email = "a@example.com" } }] },
  ]
}

resource "cloudflare_zero_trust_access_application" "saas" {
  account_id = var.account_id
  type       = "saas"
  name       = "SaaS${local.suffix}"
  saas_app = {
    auth_type     = "oidc"
    redirect_uris = ["https://client.example.net/callback"]
    grant_types   = ["authorization_code"]
    scopes        = ["openid", "email"]
  }
}

resource "cloudflare_zero_trust_access_short_lived_certificate" "ssh" {
  account_id = var.account_id
  app_id     = cloudflare_zero_trust_access_application.wiki.id
}

resource "cloudflare_zero_trust_access_ai_controls_mcp_server" "tools" {
  account_id  = var.account_id
  id          = "tools"
  name        = "Tools${local.suffix}"
  hostname    = "https://mcp.example.net/mcp"
  auth_type   = "unauthenticated"
  description = var.step == 2 ? null : "Tools"
}

resource "cloudflare_zero_trust_access_ai_controls_mcp_portal" "portal" {
  account_id = var.account_id
  id         = "portal"
  name       = "Portal${local.suffix}"
  hostname   = "portal.example.com"
  servers    = [{ server_id = cloudflare_zero_trust_access_ai_controls_mcp_server.tools.id }]
}

resource "cloudflare_zero_trust_access_key_configuration" "keys" {
  account_id                 = var.account_id
  key_rotation_interval_days = var.step == 0 ? 30 : 60
}

resource "cloudflare_zero_trust_access_infrastructure_target" "server" {
  account_id = var.account_id
  hostname   = "server${replace(local.suffix, " ", "-")}"
  ip = {
    ipv4 = { ip_addr = "192.0.2.1" }
    ipv6 = var.step == 2 ? null : { ip_addr = "2001:db8::1" }
  }
}
