/** Reasons for requests that are refused before they are routed, by the listener and by the proxy. */
import { reasonRows } from './row.ts'

export const connectionReasons = reasonRows({
  not_served_here: {
    text: 'This name serves the API and the control API only',
    detailed: true,
    fix: 'send the name of the application or team in Host',
  },
  host_not_served: {
    text: 'The host is in no zone of this emulator',
    detailed: true,
    fix: 'add it with --origin HOST=URL, or send one of the names that are served',
  },
  host_differs: {
    text: 'The connection was opened for another host',
    detailed: true,
    fix: 'open one connection per host',
  },
  host_repeated: { text: 'The request has more than one Host header', detailed: true },
  no_host: { text: 'The Host header is required', detailed: true },
  framing_invalid: { text: 'The length of the body is ambiguous', detailed: true },
  no_upgrade: { text: 'Only hosts behind the edge accept an upgrade', detailed: true },
  no_expectation: { text: 'Only Expect: 100-continue is supported', detailed: true },
  not_http: { text: 'The request is not valid HTTP/1.1', detailed: true },
  request_too_slow: { text: 'The request did not arrive in time', detailed: true },
  too_many_connections: {
    text: 'The emulator has reached its limit of connections',
    detailed: true,
    fix: 'close connections, or raise the option limits.connections',
  },
  authority_invalid: { text: 'The request has no valid host', detailed: true },
  proxy_in_tunnel: {
    text: 'The connection was opened for one host and is not a proxy to others',
    detailed: true,
  },
  proxy_client_refused: {
    text: 'The proxy accepts clients on this machine only',
    detailed: true,
    fix: 'start with --proxy-clients any',
  },
  proxy_address_refused: {
    text: 'The proxy does not connect to local names, nor to addresses that --passthrough does not list',
    detailed: true,
    fix: 'list the address with --passthrough, or connect without a proxy (NO_PROXY)',
  },
  proxy_port_refused: { text: 'The proxy connects to ports 80 and 443 only', detailed: true },
  proxy_name_refused: {
    text: 'The proxy does not connect to names that the emulator does not serve',
    detailed: true,
    fix: 'let the name through with --passthrough, or connect without a proxy (NO_PROXY)',
  },
  proxy_only: {
    text: 'The proxy of access-emulator record serves nothing itself',
    detailed: true,
    fix: 'set HTTPS_PROXY to it',
  },
  passthrough_failed: { text: 'A host of --passthrough cannot be reached', detailed: true },
  upstream_failed: {
    text: 'The host behind the recording proxy cannot be reached',
    detailed: true,
  },
  upgrade_not_recorded: {
    text: 'WebSockets cannot be recorded, and are not forwarded',
    detailed: true,
  },
})
