// Whom a transfer goes to: read off the address in a Refer-To (RFC 3515).

/** The number in `sip:203@box;user=phone`; undefined when there is none that could be dialled. */
export function numberIn(address: string): string | undefined {
  const found = /^(?:sips?:([^@]+)@|tel:([^;?]+))/i.exec(address)
  const user = found?.[1] ?? found?.[2]
  if (user === undefined) return undefined
  // RFC 3261 section 25.1: `#` is never sent as it is.
  const plain = user.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  // A number may carry parameters (`203;phone-context=…`) and, from people's contacts, separators.
  const number = plain.split(/[;:]/)[0]?.replace(/[-.() ]/g, '') ?? ''
  return /^\+?[0-9*#]{1,32}$/.test(number) ? number : undefined
}
