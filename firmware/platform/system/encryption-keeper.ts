// Keeps the certificate that phones meet when they encrypt their signalling: made at first start, made anew before it runs
// out or when the box has a new address, put to work without touching connections that are open.
import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SipPort } from '../../kernel/call/sip-port.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { Log, Problem } from '../../kernel/feature.ts'
import { openKeys } from '../http/key-files.ts'

const DAY = 86_400_000
const LOOK_AGAIN = 12 * 3_600_000
/** While something is wrong. */
const TRY_AGAIN = 60_000
const TELL_BEFORE_DAYS = 30

export interface EncryptionKeeper {
  problem(): Problem | undefined
  metrics(): Readonly<Record<string, number>>
  /**
   * From now on it looks after its certificate by itself, and follows the settings. Resolves after its first look: phones
   * can come then, or there is a problem.
   */
  begin(host: { observe(observer: (fact: { readonly name: string }) => void): () => void }): Promise<void>
  close(): void
}

export interface EncryptionOptions {
  readonly clock: Clock
  readonly log: Log
  /** The box directory. */
  readonly keys: string
  /** Names and addresses by which phones reach the box. */
  readonly names: readonly string[]
  settings(): { readonly clients: 'never' | 'when-given' | 'always'; readonly authorities: string }
}

interface Shown {
  readonly certificate: string
  readonly key: string
  readonly authority: string
}

export function keepEncryption(sip: Pick<SipPort, 'setEncryption'>, o: EncryptionOptions): EncryptionKeeper {
  let shown: Shown | undefined = kept(o.keys)
  let failed: { readonly why: string; readonly since: number } | undefined
  let told = ''
  let closed = false
  let forget = () => {}
  let ignore = () => {}
  const present = (next: Shown) => {
    const { clients, authorities } = o.settings()
    const order = {
      certificate: next.certificate,
      key: next.key,
      authorities: authorities.trim() === '' ? next.authority : authorities,
      clients,
    }
    const same = JSON.stringify(order)
    if (same === told) return
    sip.setEncryption(order)
    told = same
    shown = next
  }
  const attempt = (work: () => void) => {
    try {
      work()
      failed = undefined
    } catch (error) {
      fail(error)
    }
  }
  const fail = (error: unknown) => {
    const why = error instanceof Error ? error.message : String(error)
    if (failed === undefined) o.log.error('the certificate for phones that encrypt is not as it should be', { why })
    failed = { why, since: failed?.since ?? o.clock.now() }
  }
  const look = async (): Promise<void> => {
    try {
      // A clock that nobody believes renews nothing.
      const now = o.clock.trusted || shown === undefined ? o.clock.now() : validFrom(shown)
      const { leaf, authority, renewed } = await openKeys(o.keys, { names: o.names, now, leaf: 'sip' })
      if (renewed !== undefined) o.log.info('the certificate for phones was made anew', { why: renewed })
      attempt(() => present({ ...leaf, authority }))
    } catch (error) {
      fail(error)
    }
    if (!closed) forget = o.clock.after(failed === undefined ? LOOK_AGAIN : TRY_AGAIN, () => void look())
  }
  // Phones come back in the first second after a crash: what was kept serves them before anything else is looked at.
  if (shown !== undefined) attempt(() => present(shown as Shown))
  return {
    problem: () => problemOf(shown, failed, o.clock),
    metrics: () => (shown === undefined ? {} : { sip_certificate_days_left: daysLeft(shown, o.clock.now()) }),
    begin(host) {
      ignore = host.observe(({ name }) => {
        const now = shown
        if (name === 'document.changed' && now !== undefined) attempt(() => present(now))
      })
      return look()
    },
    close() {
      closed = true
      forget()
      ignore()
    },
  }
}

/** As the last start left them; undefined when there is nothing that could be shown. */
function kept(directory: string): Shown | undefined {
  try {
    const [certificate = '', key = '', authority = ''] = ['sip.crt', 'sip.key', 'authority.crt'].map(name =>
      readFileSync(join(directory, name), 'utf8'),
    )
    return new X509Certificate(certificate).checkIssued(new X509Certificate(authority))
      ? { certificate, key, authority }
      : undefined
  } catch {
    // Missing at the first start, or damaged: it is looked after in a moment, and made anew.
    return undefined
  }
}

const daysLeft = ({ certificate }: Shown, now: number): number =>
  Math.floor((Date.parse(new X509Certificate(certificate).validTo) - now) / DAY)

const validFrom = ({ certificate }: Shown): number => Date.parse(new X509Certificate(certificate).validFrom)

function problemOf(
  shown: Shown | undefined,
  failed: { readonly why: string; readonly since: number } | undefined,
  clock: Clock,
): Problem | undefined {
  const left = shown === undefined || !clock.trusted ? undefined : daysLeft(shown, clock.now())
  if (left !== undefined && left < TELL_BEFORE_DAYS) {
    return {
      code: 'encryption.certificate-runs-out',
      severity: left < 0 ? 'serious' : 'warning',
      text:
        left < 0
          ? 'The certificate for phones that encrypt has run out: they cannot connect any more.'
          : `The certificate for phones that encrypt runs out in ${left} days and was not renewed${failed ? `: ${failed.why}` : ''}.`,
      remedy:
        'The box renews it by itself. Look at the clock of the box, and at the disk and the rights of its directory box.',
      since: failed?.since ?? clock.now(),
    }
  }
  if (failed === undefined) return undefined
  return {
    code: 'encryption.certificate-not-usable',
    severity: shown === undefined ? 'serious' : 'warning',
    text: `The certificate or the authorities for phones that encrypt cannot be used: ${failed.why}.`,
    remedy:
      'Look at the settings of Certificates, and at the directory box of the data directory. Phones without encryption are not concerned.',
    since: failed.since,
  }
}
