// Multicast addresses of both families.

/** The family of a multicast address (224.0.0.0/4, ff00::/8); `undefined` when it is none. */
export function addressOf(text: string): 4 | 6 | undefined {
  if (/^ff[0-9a-f]{2}:[0-9a-f:]{1,40}$/i.test(text)) return 6
  const parts = text.split('.')
  if (parts.length !== 4 || !parts.every(part => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255))
    return undefined
  const first = Number(parts[0])
  return first >= 224 && first <= 239 ? 4 : undefined
}
