#!/usr/bin/env bash
# Puts one host behind Cloudflare Access: DNS record, Worker route, service token, application, policy.
# Safe to run again: what is there already stays as it is.
#
#   CLOUDFLARE_API_TOKEN, CLOUDFLARE_ACCOUNT_ID   whose account
#   ZONE, HOST, SCRIPT, TOKEN_NAME                what to set up
#   RECORD_TYPE, RECORD_CONTENT                   default AAAA 100::
#   CLOUDFLARE_BASE_URL                           default https://api.cloudflare.com/client/v4
set -euo pipefail

api=${CLOUDFLARE_BASE_URL:-https://api.cloudflare.com/client/v4}
account=accounts/$CLOUDFLARE_ACCOUNT_ID
record_type=${RECORD_TYPE:-AAAA}
record_content=${RECORD_CONTENT:-100::}

# call METHOD PATH [BODY]: prints the answer, or the errors on stderr and fails
call() {
  local answer
  answer=$(curl --silent --show-error --request "$1" "$api/$2" \
    --header "Authorization: Bearer $CLOUDFLARE_API_TOKEN" \
    --header 'Content-Type: application/json' \
    ${3:+--data "$3"})
  if [ "$(jq -r .success <<<"$answer")" != true ]; then
    jq -r --arg call "$1 $2" '"\($call): " + ([.errors[] | "\(.code) \(.message)"] | join("; "))' <<<"$answer" >&2
    return 1
  fi
  printf '%s\n' "$answer"
}

say() { printf '%-12s %s\n' "$1" "$2"; }

zone_id=$(call GET "zones?name=$ZONE" | jq -r '.result[0].id // empty')
[ -n "$zone_id" ] || { echo "there is no zone $ZONE" >&2; exit 1; }
say zone "$zone_id"

# DNS record: one of this name and type, with the content that is wanted
record=$(jq -nc --arg type "$record_type" --arg name "$HOST" --arg content "$record_content" \
  '{type: $type, name: $name, content: $content, ttl: 1, proxied: true}')
found=$(call GET "zones/$zone_id/dns_records?name=$HOST&type=$record_type" | jq -c '.result[0] // empty')
if [ -z "$found" ]; then
  id=$(call POST "zones/$zone_id/dns_records" "$record" | jq -r .result.id)
  say record "made $id"
elif jq -e --argjson wanted "$record" '. as $is | $wanted | all(to_entries[]; $is[.key] == .value)' <<<"$found" >/dev/null; then
  say record "kept $(jq -r .id <<<"$found")"
else
  id=$(jq -r .id <<<"$found")
  id=$(call PUT "zones/$zone_id/dns_records/$id" "$record" | jq -r .result.id)
  say record "changed $id"
fi

# Worker route: the whole host
route=$(jq -nc --arg pattern "$HOST/*" --arg script "$SCRIPT" '{pattern: $pattern, script: $script}')
found=$(call GET "zones/$zone_id/workers/routes" |
  jq -c --arg pattern "$HOST/*" 'first(.result[] | select(.pattern == $pattern)) // empty')
if [ -z "$found" ]; then
  id=$(call POST "zones/$zone_id/workers/routes" "$route" | jq -r .result.id)
  say route "made $id"
elif [ "$(jq -r .script <<<"$found")" = "$SCRIPT" ]; then
  say route "kept $(jq -r .id <<<"$found")"
else
  id=$(jq -r .id <<<"$found")
  id=$(call PUT "zones/$zone_id/workers/routes/$id" "$route" | jq -r .result.id)
  say route "changed $id"
fi

# Service token: its secret is shown this once
token_id=$(call GET "$account/access/service_tokens" |
  jq -r --arg name "$TOKEN_NAME" 'first(.result[] | select(.name == $name)) | .id // empty')
if [ -n "$token_id" ]; then
  say token "kept $token_id"
else
  made=$(call POST "$account/access/service_tokens" "$(jq -nc --arg name "$TOKEN_NAME" '{name: $name, duration: "8760h"}')")
  token_id=$(jq -r .result.id <<<"$made")
  say token "made $token_id"
  jq -r '.result | "CF_ACCESS_CLIENT_ID=\(.client_id)\nCF_ACCESS_CLIENT_SECRET=\(.client_secret)"' <<<"$made"
fi

# Application: found by its domain
app_id=$(call GET "$account/access/apps?domain=$HOST&exact=true" | jq -r '.result[0].id // empty')
if [ -n "$app_id" ]; then
  say application "kept $app_id"
else
  application=$(jq -nc --arg domain "$HOST" \
    '{type: "self_hosted", name: $domain, domain: $domain, session_duration: "1h", app_launcher_visible: false}')
  app_id=$(call POST "$account/access/apps" "$application" | jq -r .result.id)
  say application "made $app_id"
fi

# Policy: the token, and nobody else
policy=$(jq -nc --arg name "Service Auth for $TOKEN_NAME" --arg id "$token_id" \
  '{name: $name, decision: "non_identity", precedence: 1, include: [{service_token: {token_id: $id}}], exclude: [], require: []}')
found=$(call GET "$account/access/apps/$app_id/policies" |
  jq -c --arg name "Service Auth for $TOKEN_NAME" 'first(.result[] | select(.name == $name)) // empty')
if [ -z "$found" ]; then
  id=$(call POST "$account/access/apps/$app_id/policies" "$policy" | jq -r .result.id)
  say policy "made $id"
elif jq -e --argjson wanted "$policy" \
  '(.decision == $wanted.decision) and (.include == $wanted.include)' <<<"$found" >/dev/null; then
  say policy "kept $(jq -r .id <<<"$found")"
else
  id=$(jq -r .id <<<"$found")
  id=$(call PUT "$account/access/apps/$app_id/policies/$id" "$policy" | jq -r .result.id)
  say policy "changed $id"
fi
