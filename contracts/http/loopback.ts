/** Whether a host name, or the address of a connection, is this machine: `localhost`, 127.0.0.0/8 or ::1. */
export function isLoopback(host: string): boolean {
  // A dual-stack socket has the IPv4-mapped form, a URL has brackets.
  return /^(?:localhost|(?:::ffff:)?127\.[\d.]+|::1|\[::1\])$/.test(host)
}
