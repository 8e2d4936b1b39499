// How a leg sounds, as the switch tells it: what it counted itself, and what the phone reports.

/** How a leg sounds: counted since it began, by a process that may have been started meanwhile and then counts anew. */
export interface LegQuality {
  /** From the phone, as they came to the box. */
  readonly packetsReceived: number
  readonly packetsSent: number
  readonly packetsLost: number
  /** Now (RFC 3550 A.8), and the most it was. */
  readonly jitterMilliseconds: number
  readonly mostJitterMilliseconds: number
  readonly codec: string
  /** Of an encrypted leg: its suite, and packets dropped as not made with its key, and as heard before. */
  readonly encryption?: { readonly suite: string; readonly forged: number; readonly replayed: number }
  readonly packetsExpected: number
  readonly duplicates: number
  /** Overtaken, and in time to be heard. */
  readonly reordered: number
  /** Came too late to be heard. */
  readonly late: number
  /** How often a loss began: what was lost or late over this is the mean length of a loss. */
  readonly lossRuns: number
  /** RFC 3611 section 4.7.2, Gmin 16. */
  readonly burstLossPercent: number
  readonly gapLossPercent: number
  readonly burstMilliseconds: number
  readonly gapMilliseconds: number
  /** Longest time without a packet that was due. */
  readonly longestGapMilliseconds: number
  /** What the phone reported of what it was sent (RTCP), once it did. */
  readonly report?: FarReport
  /** What the phone thinks of its own ear (RFC 3611 section 4.7), from phones that tell. */
  readonly metrics?: VoipMetrics
}

export interface FarReport {
  readonly reports: number
  /** Of those expected since the leg began; duplicates make it less, below nothing too. */
  readonly lost: number
  readonly expected: number
  readonly jitterMilliseconds: number
  /** Between box and phone. */
  readonly roundTripMilliseconds?: number
}

export interface VoipMetrics {
  readonly lostPercent: number
  readonly discardedPercent: number
  readonly burstLossPercent: number
  readonly gapLossPercent: number
  readonly burstMilliseconds: number
  readonly gapMilliseconds: number
  readonly roundTripMilliseconds: number
  readonly systemDelayMilliseconds: number
  readonly jitterBufferMilliseconds: number
  readonly r?: number
  readonly mosListening?: number
  readonly mosConversation?: number
}
