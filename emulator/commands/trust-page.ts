/** How to trust a certificate authority made by `ca`, tool by tool, as a page to read. */
import { quoted } from '../world/shell-quote.ts'

export interface ShownTrust {
  readonly certPath: string
  readonly keyPath: string
  readonly fingerprint256: string
  /** ISO 8601. */
  readonly expires: string
  /** The names that it is valid for, with their subdomains. */
  readonly names: readonly string[]
  /** Where the names come from. */
  readonly of: string
}

export function trustPage(trust: ShownTrust): string {
  const { certPath, keyPath, fingerprint256, expires, names, of } = trust
  return `Certificate  ${certPath}
Key          ${keyPath} (yours alone; never share it)
SHA-256      ${fingerprint256}
Expires      ${expires}
Valid for    ${names.join(', ')} and their subdomains only, by its name constraints
Names from   ${of}

Nothing was installed, and nothing will be. You may not need to import an authority at all:
  access-emulator run -- CMD          for one command
  eval "$(access-emulator env)"       for a shell, with a running emulator
Both point tools at the file of another authority, which is valid for any name: never import that one.
A running emulator serves certificates signed by this authority within a minute.

This authority does not cover a zone or team added later. Run access-emulator ca again: it makes a new one for all names
served by then. Import that one and remove this one.

${sections(trust)
  .map(([title, lines]) => `${title}\n${lines.map((line) => `  ${line}\n`).join('')}`)
  .join('\n')}`
}

function sections({ certPath }: ShownTrust): readonly (readonly [string, string[]])[] {
  const path = /^[\w@%+=:,./-]+$/.test(certPath) ? certPath : quoted(certPath)
  const one = [
    [
      'curl',
      [`CURL_CA_BUNDLE=${path} curl …    (trusts this root only; curl --cacert does the same)`],
    ],
    ['Node', [`NODE_EXTRA_CA_CERTS=${path} node …    (in addition to its own roots)`]],
    [
      'Python',
      [
        `SSL_CERT_FILE=${path} python3 …         (urllib, ssl, httpx; trusts this root only)`,
        `REQUESTS_CA_BUNDLE=${path} python3 …    (requests; trusts this root only)`,
      ],
    ],
    [
      'Go',
      [
        `SSL_CERT_FILE=${path} …    (Linux; trusts this root only. On macOS and Windows, Go uses the system's roots)`,
      ],
    ],
  ] as const
  const system = [
    [
      'Debian, Ubuntu',
      [
        `sudo install -m 644 ${path} /usr/local/share/ca-certificates/access-emulator.crt`,
        'sudo update-ca-certificates',
        'undo: sudo rm /usr/local/share/ca-certificates/access-emulator.crt && sudo update-ca-certificates --fresh',
      ],
    ],
    [
      'macOS',
      [
        `security add-trusted-cert -r trustRoot -k ~/Library/Keychains/login.keychain-db ${path}`,
        `undo: security remove-trusted-cert ${path}`,
      ],
    ],
    [
      'Windows (PowerShell)',
      [
        `Import-Certificate -FilePath ${path} -CertStoreLocation Cert:\\CurrentUser\\Root`,
        'undo: in certmgr.msc, remove it from Trusted Root Certification Authorities',
      ],
    ],
    [
      'Chromium and Chrome on Linux',
      [
        `mkdir -p $HOME/.pki/nssdb && certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n access-emulator -i ${path}`,
        'undo: certutil -d sql:$HOME/.pki/nssdb -D -n access-emulator',
      ],
    ],
    ['Firefox', ['Settings, Privacy & Security, View Certificates, Authorities, Import']],
    [
      'Android',
      [
        'copy the certificate to the device, or run access-emulator phone; Settings, Security, Install a certificate, CA certificate',
      ],
    ],
    [
      'iPhone, iPad',
      [
        'send the certificate to the device (AirDrop, mail), or run access-emulator phone; Settings, Profile Downloaded, Install',
        'then turn it on under Settings, General, About, Certificate Trust Settings',
      ],
    ],
  ] as const
  return [...system, ...one].map(([title, lines]) => [title, [...lines]])
}
