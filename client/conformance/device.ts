/**
 * A client certificate for the cases, its key, and the CA that issued it. All of it is public: the CA counts only at the host
 * of a case, and only while the case runs. It is fixed so that two reports of a case are the same.
 */
import { createPrivateKey } from 'node:crypto'

export const deviceCa = `-----BEGIN CERTIFICATE-----
MIIBdTCCARygAwIBAgICEAAwCgYIKoZIzj0EAwIwITEfMB0GA1UEAxMWQ29udHJh
Y3QgY2FzZXMgcm9vdCBDQTAgFw0yMDAxMDEwMDAwMDBaGA8yMTE5MTIzMTAwMDAw
MFowITEfMB0GA1UEAxMWQ29udHJhY3QgY2FzZXMgcm9vdCBDQTBZMBMGByqGSM49
AgEGCCqGSM49AwEHA0IABHz2Ug5almEpAJOanap9wmcNbNq02vKaoXjdwS+VsFqA
Qj/hGSUnx52diDn6ORoSNaECI5X6yAxqaMe6goCCGN+jQjBAMA8GA1UdEwEB/wQF
MAMBAf8wDgYDVR0PAQH/BAQDAgEGMB0GA1UdDgQWBBQ39jXkjG/l1sZ+Mmctpi/V
ijvLyTAKBggqhkjOPQQDAgNHADBEAiBdIt90qGaKpbKVbr9So+dZOpkziqqXbc3u
QvszkFuu6AIgJqSL4svb7pNuE9ScVD4A2wmrqLtUZPQf9+dDpgD/O8g=
-----END CERTIFICATE-----
`

/** `CN=device-1`, serial number 1001. */
const certificate = `-----BEGIN CERTIFICATE-----
MIIBajCCARKgAwIBAgICEAEwCgYIKoZIzj0EAwIwITEfMB0GA1UEAxMWQ29udHJh
Y3QgY2FzZXMgcm9vdCBDQTAgFw0yMDAxMDEwMDAwMDBaGA8yMTE5MTIzMTAwMDAw
MFowEzERMA8GA1UEAxMIZGV2aWNlLTEwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC
AAQfNZehfj5EVxqmjbWfyggQfhAPT1wT8SkVmlsMPHG0El+k//9++JaSSB4khEUd
Xcf8LbUwec1LS81tdg539ueFo0YwRDAMBgNVHRMBAf8EAjAAMBMGA1UdJQQMMAoG
CCsGAQUFBwMCMB8GA1UdIwQYMBaAFDf2NeSMb+XWxn4yZy2mL9WKO8vJMAoGCCqG
SM49BAMCA0YAMEMCH2ZcAitZ1//Zzzk+hRKunO7a7MClmqIS/xUKQpQwdlgCIHwm
1xAyS61DdksfA6s/D8ClE/vSWMBNoG2kyQRJoTo2
-----END CERTIFICATE-----
`

const key = {
  kty: 'EC',
  crv: 'P-256',
  x: 'HzWXoX4-RFcapo21n8oIEH4QD09cE_EpFZpbDDxxtBI',
  y: 'X6T__374lpJIHiSERR1dx_wttTB5zUtLzW12Dnf254U',
  d: '61nCCSdnqUvT783KhCnfdt1DAHxv2Ux5K6MnJLvI0vI',
}

/** What a client presents over TLS, as PEM. */
export interface ClientCredential {
  readonly cert: string
  readonly key: string
}

export function device(): ClientCredential {
  const pem = createPrivateKey({ key, format: 'jwk' }).export({ format: 'pem', type: 'pkcs8' })
  return { cert: certificate, key: String(pem) }
}
