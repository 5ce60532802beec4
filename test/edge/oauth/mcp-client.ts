/** A client of the official MCP SDK, with its OAuth provider kept in memory. */
import type { OAuthClientProvider } from '@modelcontextprotocol/sdk/client/auth.js'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import type { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type {
  OAuthClientInformationMixed,
  OAuthTokens,
} from '@modelcontextprotocol/sdk/shared/auth.js'
import { callback } from './application.ts'

export class Memory implements OAuthClientProvider {
  information: OAuthClientInformationMixed | undefined
  held: OAuthTokens | undefined
  verifier = ''
  sentTo: URL | undefined

  readonly redirectUrl = callback
  readonly clientMetadata = {
    client_name: 'The MCP SDK',
    redirect_uris: [callback],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'none',
  }
  state = () => 'a state of the client'
  clientInformation = () => this.information
  saveClientInformation = (information: OAuthClientInformationMixed) => {
    this.information = information
  }
  tokens = () => this.held
  saveTokens = (tokens: OAuthTokens) => {
    this.held = tokens
  }
  redirectToAuthorization = (url: URL) => {
    this.sentTo = url
  }
  saveCodeVerifier = (verifier: string) => {
    this.verifier = verifier
  }
  codeVerifier = () => this.verifier
  invalidateCredentials = (scope: string) => {
    if (scope === 'tokens' || scope === 'all') this.held = undefined
  }
}

/** Connects, and calls the tool `whoami`. */
export async function whoami(transport: StreamableHTTPClientTransport): Promise<string> {
  const client = new Client({ name: 'test', version: '1.0.0' })
  await client.connect(transport as Parameters<Client['connect']>[0])
  const { content } = await client.callTool({ name: 'whoami' })
  await client.close()
  const [first] = content as readonly { readonly text: string }[]
  return first?.text ?? ''
}
