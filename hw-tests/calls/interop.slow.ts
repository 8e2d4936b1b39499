// Every make of phone with every make, its own too, in every manner and both directions: `npm test -- slow`.
import test from 'ava'
import { TestBox } from '../lab/box.ts'
import { gather, MAKES, MANNERS, speakAll } from './interop-matrix.ts'

for (const [at, manner] of MANNERS.entries())
  test.serial(`every make hears every make: ${manner.title}`, async t => {
    const box = await TestBox.start({ host: manner.host ?? '127.0.0.1' })
    t.teardown(() => box.stop())
    // One make calls at a time: three calls are as many as a small machine keeps free of gaps.
    for (const [row, from] of MAKES.entries()) {
      const pairs = MAKES.map(to => [from, to] as const)
      await speakAll(t, box, await gather(t, box, { manner, pairs, first: 201 + 100 * at + 10 * row }))
    }
  })
