#!/usr/bin/env bash
# Whether an emulator with the seed "example" works, wherever it runs: acceptance.sh URL. Prints each step; the first that
# fails ends it with 1.
set -euo pipefail
url=${1:?usage: acceptance.sh URL}
account=023e105f4ecef8ad9ca31a8372d0c353
api_token=example-api-token-not-a-secret-0000000000
host=(-H 'Host: machines.example.com')
pair=(-H 'CF-Access-Client-Id: e0a1e0a1e0a1e0a1e0a1e0a1e0a1e0a1.access'
  -H 'CF-Access-Client-Secret: cfast_exampleSecretOfCiDeployNotARealOne00000000000000')
body=$(mktemp)
trap 'rm -f "$body"' EXIT

# status WHAT EXPECTED CURL-ARGUMENTS…
status() {
  local what=$1 expected=$2 code
  shift 2
  code=$(curl -sS --max-time 20 -o "$body" -w '%{http_code}' "$@") || code="no answer ($code)"
  if [ "$code" != "$expected" ]; then
    printf 'failed: %s: %s, not %s\n' "$what" "$code" "$expected" >&2
    head -c 500 "$body" >&2
    exit 1
  fi
  printf '%s: %s\n' "$what" "$code"
}

# holds WHAT PATTERN: the last body
holds() {
  grep -Eq "$2" "$body" && return
  printf 'failed: %s: ' "$1" >&2
  head -c 500 "$body" >&2
  exit 1
}

status 'health' 200 "$url/__access/health"
holds 'health' '"ok":true'
status 'API, list of applications' 200 -H "Authorization: Bearer $api_token" \
  "$url/client/v4/accounts/$account/access/apps"
holds 'API, list of applications' '"success":true.*machines\.example\.com|machines\.example\.com.*"success":true'
status 'API, without a token' 400 "$url/client/v4/accounts/$account/access/apps"
status 'edge, without credentials' 403 "${host[@]}" "$url/"
status 'edge, with client id and secret' 200 "${host[@]}" "${pair[@]}" "$url/"
status 'service/auth' 200 -X POST "${host[@]}" "${pair[@]}" "$url/cdn-cgi/access/service/auth"
token=$(sed -n 's/.*"token":"\([^"]*\)".*/\1/p' "$body")
status 'edge, with the JWT' 200 "${host[@]}" -H "Cf-Access-Jwt-Assertion: $token" "$url/"
status 'certs' 200 -H 'Host: example-team.cloudflareaccess.com' "$url/cdn-cgi/access/certs"
echo accepted
