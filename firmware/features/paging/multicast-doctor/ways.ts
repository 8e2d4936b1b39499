// By which networks each stream leaves, and whom it is meant for: what the doctor looks at.
import type { Network, SipPort } from '../../../kernel/call/sip-port.ts'
import type { MulticastStream } from '../zones/feature.ts'

/** Someone set up to hear a stream, and where its packets come from. */
export interface Ear {
  readonly label: string
  readonly address: string
}

export interface StreamWays {
  readonly stream: MulticastStream
  /** Names of networks. Empty: no way was found. */
  readonly by: readonly string[]
  readonly listeners: readonly Ear[]
}

/** The way that the machine itself would choose for a group, as the name of a network. */
export async function routedBy(
  group: string,
  o: { readonly sip: Pick<SipPort, 'wayTo'>; readonly networks: readonly Network[] },
): Promise<readonly string[]> {
  const address = await o.sip.wayTo(group)
  return o.networks.filter(one => one.addresses.some(own => own.address === address)).map(one => one.name)
}
