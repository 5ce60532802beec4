/** How to trust a certificate authority of ours, tool by tool, as a page for a person. */

export interface ShownTrust {
  readonly certPath: string
  readonly keyPath: string
  readonly fingerprint256: string
  /** ISO 8601. */
  readonly expires: string
  /** What it is good for. */
  readonly names: readonly string[]
  /** Where the names are from. */
  readonly of: string
}

export function trustPage(trust: ShownTrust): string {
  const { certPath, keyPath, fingerprint256, expires, names, of } = trust
  return `Certificate  ${certPath}
Key          ${keyPath} (yours alone; never share it)
SHA-256      ${fingerprint256}
Expires      ${expires}
Good for     ${names.join(', ')} and what is below: its name constraints hold it to them
Names of     ${of}

Nothing was installed, and nothing will be. Two ways need no certificate authority of yours at all:
  access-emulator run -- CMD          for one command
  eval "$(access-emulator env)"       for a shell, with an emulator that runs
Both point tools at another authority by file, which is good for any name: never import that one anywhere.
An emulator that runs already serves certificates of this one within a minute.

When a zone or a team is added, this authority does not cover it. Run access-emulator ca again: it makes another one, for all
names that are served then. Import that one, and remove this one.

${sections(trust)
  .map(([title, lines]) => `${title}\n${lines.map((line) => `  ${line}\n`).join('')}`)
  .join('\n')}`
}

function sections({ certPath }: ShownTrust): readonly (readonly [string, string[]])[] {
  const path = /^[\w@%+=:,./-]+$/.test(certPath)
    ? certPath
    : `'${certPath.replaceAll("'", "'\\''")}'`
  const one = [
    ['curl', [`CURL_CA_BUNDLE=${path} curl …    (this root alone; curl --cacert does the same)`]],
    ['Node', [`NODE_EXTRA_CA_CERTS=${path} node …    (beside its own roots)`]],
    [
      'Python',
      [
        `SSL_CERT_FILE=${path} python3 …         (urllib, ssl, httpx; this root alone)`,
        `REQUESTS_CA_BUNDLE=${path} python3 …    (requests; this root alone)`,
      ],
    ],
    ['Go', [`SSL_CERT_FILE=${path} …    (Linux; this root alone. macOS and Windows: the system)`]],
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
        'undo: remove it in certmgr.msc, Trusted Root Certification Authorities',
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
      ['copy the certificate to it; Settings, Security, Install a certificate, CA certificate'],
    ],
    [
      'iPhone, iPad',
      [
        'send the certificate to it (AirDrop, mail); Settings, Profile Downloaded, Install',
        'then Settings, General, About, Certificate Trust Settings: switch it on',
      ],
    ],
  ] as const
  return [...system, ...one].map(([title, lines]) => [title, [...lines]])
}
