// Phones of another make: two baresip register at the box and hear each other.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { heardSequence, toneSequence, toneSound } from '../audio/tone-sequence.ts'
import { writeWav } from '../audio/wav.ts'
import { TestBox } from '../lab/box.ts'
import { engineIsEmpty } from '../lab/engine.ts'
import { Baresip, type BaresipOptions } from '../phones/baresip.ts'

for (const { title, caller, callee } of [
  { title: 'over UDP with G.711', caller: {}, callee: {} },
  {
    title: 'over TCP and UDP with G.722',
    caller: { transport: 'tcp', codecs: ['G722'] },
    callee: { codecs: ['G722'] },
  },
] satisfies { title: string; caller: Partial<BaresipOptions>; callee: Partial<BaresipOptions> }[]) {
  test.serial(`two baresip register and hear each other ${title}`, async t => {
    const folder = await mkdtemp(join(tmpdir(), 'two-baresip-'))
    t.teardown(() => rm(folder, { recursive: true }))
    const box = await TestBox.start()
    t.teardown(() => box.stop())
    await box.stations(['201', '202'])
    const melodies = [toneSequence(21), toneSequence(22)] as const
    const phone = async (index: 0 | 1, user: string, o: Partial<BaresipOptions>) => {
      const says = join(folder, `${user}.wav`)
      await writeWav(says, toneSound(melodies[index], o.codecs === undefined ? 8000 : 16_000))
      const started = await Baresip.start({
        user,
        password: `secret-of-${user}`,
        registrar: box.registrar,
        says,
        ...o,
      })
      t.teardown(() => started.stop())
      await started.whenRegistered()
      return started
    }
    const a = await phone(0, '201', caller)
    const b = await phone(1, '202', { answers: 'auto', ...callee })
    await a.dial(`sip:202@${box.registrar}`)
    await Promise.all([a.next('CALL_ESTABLISHED'), b.next('CALL_ESTABLISHED')])
    // Two turns of 1.6 s hold one whole one, and the first packets find nobody listening.
    await Promise.all([a.heardAtLeast(4500), b.heardAtLeast(4500)])
    await a.hangup()
    await b.next('CALL_CLOSED')
    const [atA, atB] = [heardSequence(await a.heard(), melodies[1]), heardSequence(await b.heard(), melodies[0])]
    t.true(atA.times >= 1, `201 heard ${JSON.stringify(atA)}`)
    t.true(atB.times >= 1, `202 heard ${JSON.stringify(atB)}`)
    await engineIsEmpty(box)
    const { calls } = await box.ask<{ calls: { cause: string }[] }>('call-records/search')
    t.deepEqual(
      calls.map(call => call.cause),
      ['answered'],
    )
  })
}
