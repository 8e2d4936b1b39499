// The one question of rights: may this one do that, there? What no grant allows is denied.
import type { Grant } from './feature.ts'
import type { Who } from './store.ts'

/** Everyone's grants, asked anew each time: a grant taken away holds at once. */
export type GrantsOf = (who: Who) => readonly Grant[]

/**
 * Whether `who` may do `verb` (`feature.verb`) on a thing that carries `site`, `department`, `zone`. Without `on` only a
 * grant for everything counts. The console (whoever reaches its socket has the box in hand) and the box itself may all.
 */
export function may(grantsOf: GrantsOf, who: Who, verb: string, on?: object): boolean {
  if (who.by === 'console' || who.by === 'box') return true
  return grantsOf(who).some(grant => includes(grant.permissions, verb) && covers(grant.scope, on))
}

function includes(permissions: readonly string[], verb: string): boolean {
  if (permissions.includes(verb) || permissions.includes('*')) return true
  return verb.endsWith('.view') && permissions.includes(verb.replace(/view$/, 'manage'))
}

function covers(scope: Grant['scope'], on: object | undefined): boolean {
  if (scope === 'everything') return true
  if (!on) return false
  const [[key, id] = ['', '']] = Object.entries(scope)
  const there = (on as Readonly<Record<string, unknown>>)[key]
  return id !== '' && there === id
}
