// Where each line registered from, kept through a power cut, and found by line or by address without a search.
import type { Binding } from '../../../kernel/call/sip-port.ts'
import type { LiveCollection } from '../../../kernel/live.ts'

const keyOf = (line: string, contact: string): string => `${line} ${contact}`

export class Bindings {
  readonly #kept: LiveCollection<Binding>
  readonly #byLine = new Map<string, Map<string, Binding>>()
  readonly #byHost = new Map<string, Set<string>>()

  constructor(kept: LiveCollection<Binding>) {
    this.#kept = kept
    for (const binding of kept.all().values()) this.#index(binding)
  }

  ofLine(line: string): readonly Binding[] {
    return [...(this.#byLine.get(line)?.values() ?? [])]
  }

  /** Everything that registered from this address. */
  at(host: string): readonly Binding[] {
    const lines = [...(this.#byHost.get(host) ?? [])]
    return lines.flatMap(line => this.ofLine(line)).filter(binding => binding.source.host === host)
  }

  all(): readonly Binding[] {
    return [...this.#kept.all().values()]
  }

  put(binding: Binding): void {
    this.#forget(binding.line, binding.contact)
    this.#index(binding)
    this.#kept.set(keyOf(binding.line, binding.contact), binding)
  }

  drop(line: string, contact: string): void {
    this.#forget(line, contact)
    this.#kept.delete(keyOf(line, contact))
  }

  #index(binding: Binding): void {
    const { line, contact, source } = binding
    const contacts = this.#byLine.get(line) ?? new Map<string, Binding>()
    this.#byLine.set(line, contacts.set(contact, binding))
    this.#byHost.set(source.host, (this.#byHost.get(source.host) ?? new Set()).add(line))
  }

  #forget(line: string, contact: string): void {
    const contacts = this.#byLine.get(line)
    const host = contacts?.get(contact)?.source.host
    contacts?.delete(contact)
    if (contacts?.size === 0) this.#byLine.delete(line)
    if (host === undefined || this.ofLine(line).some(other => other.source.host === host)) return
    const lines = this.#byHost.get(host)
    lines?.delete(line)
    if (lines?.size === 0) this.#byHost.delete(host)
  }
}

/** Whether something read back is a binding. */
export function isBinding(value: unknown): value is Binding {
  const it = value as Partial<Binding> | null
  return (
    typeof it === 'object' &&
    it !== null &&
    typeof it.line === 'string' &&
    typeof it.contact === 'string' &&
    !!it.source
  )
}
