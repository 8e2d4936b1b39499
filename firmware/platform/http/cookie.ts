// Cookies of a request that did not come through fastify: the web socket's handshake (RFC 6265 section 4.2.1).

/** Cookie name → value. */
export function parseCookie(header: string): Readonly<Record<string, string>> {
  const pairs = header.split(';').flatMap((pair): [string, string][] => {
    const at = pair.indexOf('=')
    return at < 1 ? [] : [[pair.slice(0, at).trim(), pair.slice(at + 1).trim()]]
  })
  return Object.fromEntries(pairs)
}
