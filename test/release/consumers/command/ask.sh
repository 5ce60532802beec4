# What runs under the emulator: the real name, without more settings.
curl -s -o /dev/null -w '%{http_code}\n' https://machines.example.com/ \
  -H "CF-Access-Client-Id: $CF_ACCESS_CLIENT_ID" \
  -H "CF-Access-Client-Secret: $CF_ACCESS_CLIENT_SECRET"
