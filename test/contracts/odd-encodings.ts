/** One signed token in non-canonical encodings that lenient decoders accept. */

/** The characters of base64url, by value. */
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

const encoded = (text: string | Buffer) => Buffer.from(text).toString('base64url')

/** Of an RS256 signature the last character has four bits, of which two are zero. */
function withTrailingBits(token: string): string {
  const last = alphabet.indexOf(token.at(-1) ?? '')
  return token.slice(0, -1) + (alphabet[last + 1] ?? '')
}

/** Changes only the text of an otherwise valid token. */
export const spellings: readonly (readonly [name: string, change: (token: string) => string])[] = [
  ['padding', (token) => `${token}==`],
  ['one character of padding', (token) => `${token}=`],
  ['unused bits that are not zero', withTrailingBits],
  ['base64 in place of base64url', (token) => token.replaceAll('-', '+').replaceAll('_', '/')],
  ['a space within', (token) => `${token.slice(0, -4)} ${token.slice(-4)}`],
  ['a tab within', (token) => `${token.slice(0, -4)}\t${token.slice(-4)}`],
  ['a fourth part', (token) => `${token}.`],
  ['five parts', (token) => `${token}.e30.e30`],
]

/** What a signer can do to header and payload; each has a valid signature. */
export const contents: readonly (readonly [
  name: string,
  of: (header: string, payload: string) => readonly [string, string],
])[] = [
  [
    'a name twice in its payload',
    (header, payload) => [
      encoded(header),
      encoded(payload.replace('{', '{"iss":"https://other.example",')),
    ],
  ],
  [
    'a name twice in its header',
    (header, payload) => [encoded(header.replace('{', '{"alg":"none",')), encoded(payload)],
  ],
  [
    'bytes that are no UTF-8',
    (header, payload) => [
      encoded(header),
      encoded(Buffer.from(payload.replace('{', '{"x":"\u00ff",'), 'latin1')),
    ],
  ],
  ['a padded payload', (header, payload) => [encoded(header), `${encoded(`${payload} `)}=`]],
]
