/** Every tool that should reach the emulator with only the environment of `access-emulator run`, one row each. */
import { createRequire } from 'node:module'

export interface Tool {
  readonly name: string
  /** Prints the version; if it fails, the tool is not installed. */
  readonly version: readonly string[]
  /** A note for readers of the table. */
  readonly asked: string
  /** Run in a folder that holds `files`. */
  readonly program: readonly string[]
  readonly files?: Readonly<Record<string, string>>
  /** All that the program prints. */
  readonly says: string | RegExp
}

export const api = 'https://api.cloudflare.com/client/v4/user/tokens/verify'
export const application = 'https://machines.example.com/hello?x=1'
export const elsewhere = 'https://elsewhere.example.org/'

const usual = {
  asked: 'the API, an application with its service token, a name that is not served',
  says: 'api 200\napplication 200\nelsewhere refused\n',
}

const shell = (...lines: readonly string[]) => ['bash', '--norc', '-euc', lines.join('\n')]
const python = (...lines: readonly string[]) => ['python3', '-c', lines.join('\n')]
/** By the first Python that has the library: the one on PATH, or the system's, for which packages of the system are. */
const withLibrary = (library: string, ...lines: readonly string[]) => [
  ...shell(
    'for python in python3 /usr/bin/python3; do',
    '  if $python -c "import $0" 2>/dev/null; then exec $python -c "$1"; fi',
    'done; exit 1',
  ),
  ...[library, lines.join('\n')],
]
const node = (script: string) => [process.execPath, '-e', `(async () => { ${script} })()`]
const path = (module: string) => createRequire(import.meta.url).resolve(module)

const pythonHeaders = [
  'import os',
  "bearer = {'Authorization': 'Bearer ' + os.environ['CLOUDFLARE_API_TOKEN']}",
  "pair = {'CF-Access-Client-Id': os.environ['CF_ACCESS_CLIENT_ID'], 'CF-Access-Client-Secret': os.environ['CF_ACCESS_CLIENT_SECRET']}",
]
const nodeHeaders = `
  const bearer = { authorization: 'Bearer ' + process.env.CLOUDFLARE_API_TOKEN }
  const pair = { 'cf-access-client-id': process.env.CF_ACCESS_CLIENT_ID, 'cf-access-client-secret': process.env.CF_ACCESS_CLIENT_SECRET }
  const refused = (error) => /proxy refused/i.test(error.message + error.cause?.message) ? 'refused' : error.message`

/** `ask`: an expression for a promise of the status, of `url` and `headers`. */
const nodeAsks = (ask: string) =>
  node(`${nodeHeaders}
  const ask = async (url, headers) => ${ask}
  console.log('api', await ask('${api}', bearer))
  console.log('application', await ask('${application}', pair))
  console.log('elsewhere', await ask('${elsewhere}', {}).catch(refused))
  process.exit()`)

const java = `
import java.net.*;
import java.net.http.*;
public class Ask {
  static int byClient(String url, String... headers) throws Exception {
    var request = HttpRequest.newBuilder(URI.create(url)).headers(headers).build();
    return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
  }
  static int byConnection(String url, String... headers) throws Exception {
    var connection = (HttpURLConnection) new URL(url).openConnection();
    for (int at = 0; at < headers.length; at += 2) connection.setRequestProperty(headers[at], headers[at + 1]);
    return connection.getResponseCode();
  }
  public static void main(String[] args) throws Exception {
    var bearer = new String[] { "Authorization", "Bearer " + System.getenv("CLOUDFLARE_API_TOKEN") };
    var pair = new String[] { "CF-Access-Client-Id", System.getenv("CF_ACCESS_CLIENT_ID"), "CF-Access-Client-Secret", System.getenv("CF_ACCESS_CLIENT_SECRET") };
    System.out.println("api " + byClient("${api}", bearer) + " " + byConnection("${api}", bearer));
    System.out.println("application " + byClient("${application}", pair) + " " + byConnection("${application}", pair));
    try { System.out.println(byConnection("${elsewhere}")); }
    catch (java.io.IOException error) { System.out.println("elsewhere " + (error.getMessage().contains("403") ? "refused" : error)); }
  }
}`

const go = `
package main
import ("fmt"; "net/http"; "os"; "strings")
func ask(url string, headers ...string) string {
  request, _ := http.NewRequest("GET", url, nil)
  for at := 0; at < len(headers); at += 2 { request.Header.Set(headers[at], headers[at+1]) }
  answer, err := http.DefaultClient.Do(request)
  if err != nil { if strings.Contains(err.Error(), "Forbidden") { return "refused" }; return err.Error() }
  return fmt.Sprint(answer.StatusCode)
}
func main() {
  fmt.Println("api", ask("${api}", "Authorization", "Bearer "+os.Getenv("CLOUDFLARE_API_TOKEN")))
  fmt.Println("application", ask("${application}", "CF-Access-Client-Id", os.Getenv("CF_ACCESS_CLIENT_ID"), "CF-Access-Client-Secret", os.Getenv("CF_ACCESS_CLIENT_SECRET")))
  fmt.Println("elsewhere", ask("${elsewhere}"))
}`

const php = `<?php
function ask($url, ...$headers) {
  $curl = curl_init($url);
  curl_setopt_array($curl, [CURLOPT_RETURNTRANSFER => true, CURLOPT_HTTPHEADER => $headers]);
  curl_exec($curl);
  if (curl_getinfo($curl, CURLINFO_HTTP_CONNECTCODE) == 403) return 'refused';
  return curl_error($curl) ?: curl_getinfo($curl, CURLINFO_HTTP_CODE);
}
echo 'api ', ask('${api}', 'Authorization: Bearer ' . getenv('CLOUDFLARE_API_TOKEN')), "\\n";
echo 'application ', ask('${application}', 'CF-Access-Client-Id: ' . getenv('CF_ACCESS_CLIENT_ID'), 'CF-Access-Client-Secret: ' . getenv('CF_ACCESS_CLIENT_SECRET')), "\\n";
echo 'elsewhere ', ask('${elsewhere}'), "\\n";
`

export const tools: readonly Tool[] = [
  {
    name: 'curl',
    version: ['curl', '--version'],
    ...usual,
    program: shell(
      'ask() { curl -s -o /dev/null -w \'%{http_code}\' "$@"; }',
      `echo "api $(ask -H "Authorization: Bearer $CLOUDFLARE_API_TOKEN" ${api})"`,
      `echo "application $(ask -H "CF-Access-Client-Id: $CF_ACCESS_CLIENT_ID" -H "CF-Access-Client-Secret: $CF_ACCESS_CLIENT_SECRET" '${application}')"`,
      `test "$(curl -s -o /dev/null -w '%{http_connect}' ${elsewhere})" != 403 || echo elsewhere refused`,
    ),
  },
  {
    name: 'wget',
    version: ['wget', '--version'],
    ...usual,
    program: shell(
      `wget -qO /dev/null --header "Authorization: Bearer $CLOUDFLARE_API_TOKEN" ${api} && echo api 200`,
      `wget -qO /dev/null --header "CF-Access-Client-Id: $CF_ACCESS_CLIENT_ID" --header "CF-Access-Client-Secret: $CF_ACCESS_CLIENT_SECRET" '${application}' && echo application 200`,
      `wget -O /dev/null ${elsewhere} 2>&1 | grep -q 'failed: Forbidden' && echo elsewhere refused`,
    ),
  },
  {
    name: 'git',
    version: ['git', '--version'],
    asked: 'an application without credentials',
    program: shell(
      'GIT_TERMINAL_PROMPT=0 git ls-remote https://machines.example.com/x.git 2>&1 | grep -o "returned error: .*"',
    ),
    says: 'returned error: 403\n',
  },
  {
    name: 'Python urllib',
    version: ['python3', '--version'],
    ...usual,
    program: python(
      ...pythonHeaders,
      'import urllib.request',
      'def ask(url, headers): return urllib.request.urlopen(urllib.request.Request(url, headers=headers)).status',
      `print('api', ask('${api}', bearer))`,
      `print('application', ask('${application}', pair))`,
      `try: ask('${elsewhere}', {})`,
      "except OSError as error: print('elsewhere', 'refused' if '403 Forbidden' in str(error) else error)",
    ),
  },
  ...(['requests', 'httpx'] as const).map((library) => ({
    name: `Python ${library}`,
    version: withLibrary(library, `import ${library}`, `print(${library}.__version__)`),
    ...usual,
    program: withLibrary(
      library,
      ...pythonHeaders,
      `import ${library}`,
      `print('api', ${library}.get('${api}', headers=bearer).status_code)`,
      `print('application', ${library}.get('${application}', headers=pair).status_code)`,
      `try: ${library}.get('${elsewhere}')`,
      `except ${library === 'httpx' ? 'httpx' : 'requests.exceptions'}.ProxyError as error: print('elsewhere', 'refused' if '403 Forbidden' in str(error) else error)`,
    ),
  })),
  {
    name: 'Node fetch',
    version: [process.execPath, '--version'],
    ...usual,
    program: nodeAsks('(await fetch(url, { headers })).status'),
  },
  {
    name: 'Node https',
    version: [process.execPath, '--version'],
    ...usual,
    program: nodeAsks(
      "new Promise((done, failed) => require('https').get(url, { headers }, (answer) => done(answer.resume().statusCode)).on('error', failed))",
    ),
  },
  {
    name: 'Node undici',
    version: node(`console.log(require('${path('undici/package.json')}').version)`),
    ...usual,
    program: nodeAsks(`(await require('${path('undici')}').request(url, { headers })).statusCode`),
  },
  {
    name: 'Node http2',
    version: [process.execPath, '--version'],
    ...usual,
    program: nodeAsks(
      `new Promise((done, failed) => {
        const session = require('http2').connect(new URL(url).origin).on('error', failed)
        const request = session.request({ ':path': new URL(url).pathname, ...headers })
        request.on('response', (answer) => { done(answer[':status']); session.close() }).on('error', failed).end()
      })`,
    ),
  },
  ...(['wss', 'ws'] as const).map((scheme) => ({
    name: `npm ws, ${scheme}://`,
    version: node(`console.log(require('${path('ws/package.json')}').version)`),
    asked:
      'the handshake with an application, with and without its service token; wss:// to a name that is not served',
    program: node(`${nodeHeaders}
      const { WebSocket } = require('${path('ws')}')
      const ask = (url, headers) => new Promise((done) => {
        const socket = new WebSocket(url, { headers, handshakeTimeout: 30_000 })
        socket.on('unexpected-response', (_, answer) => done(answer.statusCode))
        socket.on('error', (error) => done(refused(error)))
      })
      console.log('application', await ask('${application.replace('https', scheme)}', pair))
      console.log('without', await ask('${application.replace('https', scheme)}', {}))
      console.log('elsewhere', await ask('${elsewhere.replace('https', 'wss')}', {}))
      process.exit()`),
    // Past the gate: the built-in origin does not accept WebSockets.
    says: 'application 501\nwithout 403\nelsewhere refused\n',
  })),
  {
    name: 'Java HttpClient, HttpURLConnection',
    version: ['javac', '--version'],
    asked: usual.asked,
    files: { 'Ask.java': java },
    program: ['java', 'Ask.java'],
    says: 'api 200 200\napplication 200 200\nelsewhere refused\n',
  },
  {
    name: 'Go net/http',
    version: ['go', 'version'],
    ...usual,
    files: { 'ask.go': go },
    program: ['env', 'GOTOOLCHAIN=local', 'GOPROXY=off', 'go', 'run', 'ask.go'],
  },
  {
    name: 'PHP curl',
    version: ['php', '-r', 'if (!function_exists("curl_init")) exit(1); echo PHP_VERSION;'],
    ...usual,
    files: { 'ask.php': php },
    program: ['php', 'ask.php'],
  },
]
