// The networks that the box stands in, and an ear for what is said there of multicast, in the words of the switch.

/** An interface of the machine that is up, with or without a cable. */
export interface Network {
  /** As the machine calls it, such as `eth0` or `eth0.20`. */
  readonly name: string
  /** Whether there is a cable with somebody at its other end. */
  readonly carrier: boolean
  readonly loopback: boolean
  readonly multicast: boolean
  readonly addresses: readonly { readonly address: string; readonly prefix: number }[]
}

/** A packet as it came, from the head of IPv4 on. */
export interface HeardOfGroup {
  /** Name of the interface. */
  readonly interface: string
  readonly packet: Uint8Array
}

/** A datagram to a multicast group. */
export interface GroupProbe {
  readonly group: string
  readonly port: number
  readonly ttl: number
  readonly payload: Uint8Array
}

/** Hears IGMP on every interface, and probes while it is told to. Needs the right to open raw sockets (CAP_NET_RAW). */
export interface GroupEar {
  /** What came since it was asked last, at most 64 packets; a flood is lost in the kernel. */
  heard(): readonly HeardOfGroup[]
  /**
   * Enters a group on an interface, by its address there, so that network card and switches pass the group to the box, and
   * hears probes: RTCP packets of the kind APP with the name `pbxp`. Rejects with PbxError `switch.no-probes`.
   */
  enter(group: string, address: string): Promise<void>
  /** Leaves all groups and hears no more probes. */
  leave(): void
  /** Sends by the interface with this address. Rejects with the reason of the system as PbxError `switch.probe-not-sent`. */
  probe(address: string, probe: GroupProbe): Promise<void>
  close(): void
}
