// Errors of the box: one class with a code, the fields at fault, and what to do about it.

/** What a caller of the box did wrong, or what the box cannot do; `code` is `feature.what-happened`. */
export class PbxError extends Error {
  readonly code: string
  /** HTTP status that the web answers with; 4xx is the asker's to mend, 5xx the box's. */
  readonly status: number
  /** Field path → what is wrong with it and the remedy. */
  readonly fields: Readonly<Record<string, string>>

  constructor(
    code: string,
    message: string,
    o: { status?: number; fields?: Record<string, string>; cause?: unknown } = {},
  ) {
    super(message, o.cause === undefined ? undefined : { cause: o.cause })
    this.name = 'PbxError'
    this.code = code
    this.status = o.status ?? 400
    this.fields = o.fields ?? {}
  }
}

/** The far side hung up: every awaiting method of its Leg rejects with this. */
export class CallGone extends PbxError {
  static readonly #made: Partial<Record<Cause, CallGone>> = {}
  readonly why: Cause
  private constructor(cause: Cause) {
    super('calls.gone', `the call is over: ${cause}`, { status: 410 })
    this.name = 'CallGone'
    this.why = cause
  }

  /** How every call ends, thousands of times an hour: one for each cause, as nobody asks where it was made. */
  static by(cause: Cause): CallGone {
    CallGone.#made[cause] ??= new CallGone(cause)
    return CallGone.#made[cause]
  }
}

/** The leg belongs to another call now (pickup, retrieve, Replaces): the old call's awaits on it reject with this. */
export class LegMoved extends PbxError {
  constructor() {
    super('calls.leg-moved', 'the leg belongs to another call now', { status: 410 })
    this.name = 'LegMoved'
  }
}

/** Why a call or a leg ended: the same word in the log, the call record, the metric and the SIP reason text. */
export const CAUSES = {
  answered: 200,
  'elsewhere-answered': 200,
  cancelled: 487,
  busy: 486,
  declined: 603,
  'no-answer': 480,
  unregistered: 480,
  'not-found': 404,
  forbidden: 403,
  'not-acceptable': 488,
  'do-not-disturb': 480,
  redirected: 480,
  overloaded: 503,
  'not-available': 480,
  'too-many-hops': 483,
  unreachable: 408,
  'session-expired': 408,
  'no-media': 488,
  interrupted: 500,
  failed: 500,
  moved: 200,
} as const satisfies Record<string, number>

/** See {@link CAUSES}. `answered` means that somebody talked and one side hung up. */
export type Cause = keyof typeof CAUSES

/** The SIP status that stands for a cause when a call is refused with it (RFC 3261 section 21). */
export const sipStatusOf = (cause: Cause): number => CAUSES[cause]
