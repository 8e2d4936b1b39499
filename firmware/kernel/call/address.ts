// Where packets come from and go to, and whom the box keeps connections to.

/** Parsed at the edge, never compared as a string. */
export interface Address {
  readonly family: 4 | 6
  readonly host: string
  readonly port: number
  readonly transport: 'udp' | 'tcp' | 'tls'
  /** Of a `Peer`: which one, for several may be at one address. At most 47 characters. */
  readonly peer?: string
}

/** A far side that the box itself connects to over TLS, and how it knows that it is him. */
export interface Peer {
  /** Its transport is tls. */
  readonly address: Address
  /** Its certificate must be for one of these, by a whole name (RFC 5922): host names, IP addresses. */
  readonly names: readonly string[]
  /** The name told in the handshake (RFC 6066 section 3). */
  readonly serverName?: string
  /** PEM of those who may have signed its certificate; those of the machine unless given. */
  readonly authorities?: string
  /** SHA-256 of its certificate, lower-case hexadecimal: where there are any, nothing else counts. */
  readonly fingerprints: readonly string[]
  /** Shows the box's own certificate where it is asked for one. */
  readonly showsCertificate: boolean
}

/** Why there is no connection to a `Peer`. */
export type PeerDoubt =
  | 'unreachable'
  | 'expired'
  | 'not-yet-valid'
  | 'unknown-authority'
  | 'other-name'
  | 'other-certificate'
  | 'bad-certificate'
  | 'refused'
  | 'protocol'
  | 'slow'
  | 'silent'
  | 'closed'
