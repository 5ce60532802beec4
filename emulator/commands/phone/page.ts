/** The page that a phone opens: what to install, what to set, and where to go then. */
import { html } from '../../http/html.ts'
import type { ProxyPlace } from './network.ts'

export interface PhoneSettings {
  readonly proxy: ProxyPlace
  /** The URL of the proxy settings. */
  readonly pac: string
  /** SHA-256 of the certificate: upper-case hex pairs separated by colons. */
  readonly fingerprint256: string
  /** The names that the certificate is valid for, with their subdomains. */
  readonly names: readonly string[]
}

const style = `:root{color-scheme:light dark}body{font:1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:0 auto;padding:1rem}
code{overflow-wrap:anywhere;user-select:all}li{margin:.4rem 0}
.button{display:block;padding:.8rem;text-align:center;border:1px solid;border-radius:.4rem}`

export function phonePage({ proxy, pac, fingerprint256, names }: PhoneSettings): string {
  const page = html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>This phone and the Access emulator</title>
<style>${style}</style>
</head>
<body>
<h1>This phone and the Access emulator</h1>
<p><a class="button" href="/certificate.crt">Get the certificate</a></p>
<p>It is valid for ${names.join(', ')} and their subdomains only. Its SHA-256 begins with
<code>${fingerprint256.slice(0, 23)}</code>.</p>
<h2>iPhone, iPad</h2>
<ol>
<li>In Safari, tap the certificate above and allow the download.</li>
<li>Settings, Profile Downloaded, Install.</li>
<li>Settings, General, About, Certificate Trust Settings: turn it on.</li>
<li>Settings, Wi-Fi, the (i) of your network, Configure Proxy, Automatic, URL: <code>${pac}</code></li>
</ol>
<h2>Android</h2>
<ol>
<li>Tap the certificate above. Settings, Security, Encryption &amp; credentials, Install a certificate, CA certificate.</li>
<li>Settings, Network &amp; internet, your Wi-Fi, edit, Advanced options, Proxy, Proxy auto-config, PAC URL: <code>${pac}</code></li>
</ol>
<p>Chrome trusts it then. An app of yours does if its network security configuration trusts user certificates, as for a debug
build.</p>
<h2>Without automatic settings</h2>
<p>Proxy <code>${proxy.host}</code>, port <code>${proxy.port}</code>: then everything of this phone goes to the emulator, which
refuses what it does not serve.</p>
<h2>When you are done</h2>
<p>Turn the proxy off, and remove the certificate where you installed it.</p>
</body>
</html>
`
  return page.text
}
