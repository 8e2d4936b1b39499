// Wrong passwords in a flood over IPv6: one /64 is one source, however many of its addresses guess; whoever has shown
// that he knows his password is not kept waiting for it, neither next door nor in the same network.
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { TestBox } from '../lab/box.ts'
import { engineIsEmpty, engineOf } from '../lab/engine.ts'
import { Lab } from '../lab/lab.ts'
import { hearEachOther, talk, Voice } from '../phones/voice.ts'
import type { GuessesAnswered, WrongPasswords } from '../phones/wrong-passwords.ts'

const ADDRESSES = 50
const GUESSES = 8

interface Nets {
  readonly lab: Lab
  readonly box: TestBox
  /** A host and its address in its own /64. */
  at(host: string): { readonly within: readonly string[]; readonly host: string }
}

/** Hall and villain share fd77:0:0:a::/64, the office has fd77:0:0:b::/64, the box stands in a third. */
async function nets(t: ExecutionContext): Promise<Nets> {
  const lab = await Lab.create({ hosts: ['box', 'hall', 'villain', 'office'] })
  t.teardown(() => lab.remove())
  const own: Record<string, string> = { hall: 'fd77:0:0:a::10', villain: 'fd77:0:0:a::f000', office: 'fd77:0:0:b::10' }
  for (const prefix of ['fd77:0:0:a::/64', 'fd77:0:0:b::/64'])
    await lab.run('box', 'ip', '-6', 'route', 'add', prefix, 'dev', 'eth0')
  for (const [host, address] of Object.entries(own))
    await lab.run(host, 'ip', 'address', 'add', `${address}/64`, 'dev', 'eth0', 'nodad')
  const home = lab.host('box')
  const box = await TestBox.start({ host: home.address6, namespace: home.within[3] ?? '' })
  t.teardown(() => box.stop())
  await box.stations(['201', '202', '203', '204'])
  return { lab, box, at: host => ({ within: lab.host(host).within, host: own[host] ?? '' }) }
}

async function flood({ lab, box }: Nets, user: string): Promise<GuessesAnswered> {
  const hosts = Array.from({ length: ADDRESSES }, (_, n) => `fd77:0:0:a::f${(n + 1).toString(16).padStart(3, '0')}`)
  for (const host of hosts) await lab.run('villain', 'ip', 'address', 'add', `${host}/64`, 'dev', 'eth0', 'nodad')
  const o: WrongPasswords = { server: { host: box.host, port: box.sipPort }, hosts, user, guessesPerHost: GUESSES }
  const program = join(import.meta.dirname, '..', 'phones', 'wrong-passwords.ts')
  return JSON.parse(await lab.run('villain', process.execPath, program, JSON.stringify(o))) as GuessesAnswered
}

test.serial('fifty addresses of one /64 that guess a password are throttled as one, and nobody else is', async t => {
  const home = await nets(t)
  const { box } = home
  const hall = await Voice.registered(t, box, '201', home.at('hall'))
  const office = await Voice.registered(t, box, '202', home.at('office'))
  const before = (await engineOf(box)).counters

  const guesses = await flood(home, '204')
  const { counters } = await engineOf(box)
  const since = (name: string) => (counters[name] ?? 0) - (before[name] ?? 0)
  t.is(guesses.accepted, 0)
  t.true(guesses.refused > 0, 'the first guesses are answered as wrong')
  // Fifty sources would have all their guesses looked at: none of them guesses oftener than one may.
  t.true(since('throttled') > since('auth-refused'), JSON.stringify({ guesses, counters }))

  // Whoever was right before goes on, in the flooded /64 too: each INVITE is challenged anew.
  const call = await talk(hall, office)
  await hearEachOther(t, hall, office)
  await call.hangUp()
  await hall.phone.register()
  // Next door even one who was never seen is let in at once.
  await Voice.registered(t, box, '203', home.at('office'))
  await engineIsEmpty(box)
})
