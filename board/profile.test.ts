// Profile files: the one that ships is sound, and each mistake is named by its field.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { readProfile } from './profile.ts'

const shipped = readFileSync(join(import.meta.dirname, 'profiles/simulated.json'), 'utf8')

/** The shipped profile with one place changed. */
function changed(change: (profile: Record<string, Record<string, unknown>[]>) => void): string {
  const profile = JSON.parse(shipped) as Record<string, Record<string, unknown>[]>
  change(profile)
  return JSON.stringify(profile)
}

test('the profile that ships has every wiring kind', t => {
  const profile = readProfile(shipped)
  t.deepEqual(
    [...new Set(profile.inputs.map(i => i.wiring.kind))],
    ['normally-closed', 'two-contacts', 'resistor', 'module'],
  )
  t.deepEqual([profile.inputs.length, profile.outputs.length, profile.amplifiers.length], [8, 16, 2])
})

const MISTAKES: readonly (readonly [title: string, json: string, message: RegExp])[] = [
  ['no JSON', '{', /is not JSON/],
  [
    'a driver that does not exist',
    changed(p => Object.assign(p, { driver: 'magic' })),
    /^driver: must be one of simulated, gpio/,
  ],
  ['a missing label', changed(p => delete p.inputs?.[2]?.label), /^inputs\[2\]\.label: must be a text/],
  [
    'an unknown wiring',
    changed(p => Object.assign(p.inputs?.[0] ?? {}, { wiring: { kind: 'loose' } })),
    /^inputs\[0\]\.wiring\.kind/,
  ],
  [
    'an input twice',
    changed(p => Object.assign(p.inputs?.[1] ?? {}, { id: 'in-1' })),
    /^inputs\[1\]\.id: in-1 is there twice/,
  ],
  [
    'a line used twice',
    changed(p => Object.assign(p.outputs?.[1] ?? {}, { line: 'di-1' })),
    /^outputs\[1\]\.line: di-1 is used by inputs\[0\]/,
  ],
  [
    'a feedback contact that is a button’s',
    changed(p => Object.assign(p.outputs?.[0] ?? {}, { feedback: 'di-1' })),
    /^outputs\[0\]\.feedback: di-1 is used by inputs\[0\]/,
  ],
  [
    'an amplifier’s contact that is no line',
    changed(p => Object.assign(p.amplifiers?.[0] ?? {}, { healthy: 7 })),
    /^amplifiers\[0\]\.healthy: must be a text/,
  ],
  [
    'a relay that is none',
    changed(p => Object.assign(p.amplifiers?.[0] ?? {}, { relay: 'lamp-1' })),
    /^amplifiers\[0\]\.relay: there is no relay/,
  ],
  [
    'a name that is a path',
    changed(p => Object.assign(p.outputs?.[0] ?? {}, { line: '../x' })),
    /^outputs\[0\]\.line: must be 1 to 64/,
  ],
  [
    'a bus that is not there',
    changed(p => Object.assign(p, { driver: 'gpio' })),
    /^inputs\[7\]\.wiring\.bus: there is no bus bus-1/,
  ],
  [
    'windows that overlap',
    changed(p =>
      Object.assign(p.inputs?.[6] ?? {}, {
        wiring: { kind: 'resistor', channel: 'ai-1', windows: { rest: [1, 9], press: [5, 20] } },
      }),
    ),
    /^inputs\[6\]\.wiring\.windows: rest and press must not overlap/,
  ],
]
for (const [title, json, message] of MISTAKES) {
  test(`a profile with ${title} is refused by the name of the field`, t => {
    t.throws(() => readProfile(json), { message })
  })
}
