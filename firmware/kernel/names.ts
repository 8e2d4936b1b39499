// Names of the network as name servers answer for them (DNS). Asked ahead of time, never on the way of a call.

/** A rule that leads from a domain to a service of it (NAPTR, RFC 3403). */
export interface NamingRule {
  readonly order: number
  readonly preference: number
  readonly flags: string
  /** Such as `SIP+D2U`. */
  readonly service: string
  /** The name to go on with. */
  readonly replacement: string
}

/** A host that offers a service (SRV, RFC 2782). */
export interface ServiceHost {
  /** The lowest is asked first. */
  readonly priority: number
  /** Among equals the share of each. */
  readonly weight: number
  readonly port: number
  readonly host: string
}

export interface HostAddress {
  readonly address: string
  /** How long it may be believed. */
  readonly ttlSeconds: number
}

/** Each resolves with what there is: with nothing where there is no such name. Rejects with PbxError `names.silent` when no server answers. */
export interface NameServers {
  rules(name: string): Promise<readonly NamingRule[]>
  services(name: string): Promise<readonly ServiceHost[]>
  addresses(name: string, family: 4 | 6): Promise<readonly HostAddress[]>
}

export interface Names {
  /** `servers`: IP addresses, with `:port` where it is not 53; none: those that the machine is told of. */
  askedOf(servers: readonly string[]): NameServers
}
