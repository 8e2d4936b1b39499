// Random but seeded histories of a plant: whatever happens, the invariants of the model hold after every step.
import test from 'ava'
import fc from 'fast-check'
import { startPlant } from './fresh-plant.ts'
import { broken, INVARIANTS, Past } from './invariants.ts'
import { type Act, furnish, happens, NUMBERS, OFTEN, type Plant } from './plant-acts.ts'
import { Memory } from './undo-memory.ts'

/** `HISTORY_SEED` and `HISTORY_RUNS` tell other histories, or more of them. */
const SEED = Number(process.env.HISTORY_SEED ?? 20_261_120)
const RUNS = Number(process.env.HISTORY_RUNS ?? 12)

const act: fc.Arbitrary<Act> = fc.record({ do: fc.constantFrom(...OFTEN), a: fc.nat(999), b: fc.nat(999) })

async function begin(): Promise<Plant> {
  const box = await startPlant({ extensions: NUMBERS, document: furnish })
  box.sip.lenient = true
  const plant = { box, past: new Past(), memory: new Memory() }
  for (const number of NUMBERS) plant.past.secrets.add(`secret-of-${number}`)
  plant.memory.saw(box)
  return plant
}

/** Throws what is wrong, with the step after which it was. */
async function tell(acts: readonly Act[]): Promise<Plant> {
  const plant = await begin()
  try {
    for (const [at, one] of acts.entries()) {
      await happens(plant, one)
      const wrong = broken(plant.box, plant.past)
      if (wrong.length > 0) throw new Error(`after step ${at + 1}, ${one.do} ${one.a} ${one.b}: ${wrong.join('; ')}`)
    }
    await atRest(plant)
    return plant
  } finally {
    await plant.box.endsForGood()
  }
}

/** Everything that hung goes on, and time passes: then nothing may be excused any more. */
async function atRest(plant: Plant): Promise<void> {
  const { box, past } = plant
  box.live.recover()
  box.records.recover()
  box.sip.recover()
  box.board.recover()
  await box.passes('3m')
  const reported = box.board.unacknowledged.map(({ sequence }) => `invariant 6: press ${sequence} is still reported`)
  const wrong = [...broken(box, past), ...reported]
  if (wrong.length > 0) throw new Error(`at rest: ${wrong.join('; ')}`)
}

test('the table of invariants is whole: each of the model’s ten is checked, or waits for a feature that is not there', t => {
  // 9 is checked where a change is undone.
  t.deepEqual(
    [...INVARIANTS.map(one => one.number), 9].sort((a, b) => a - b),
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
  )
  t.deepEqual(
    INVARIANTS.flatMap(one => (typeof one.check === 'function' ? [] : [`${one.number}: ${one.check.waitsFor}`])),
    ['4: desk sessions'],
  )
})

test('no history of calls, presses, edits, deletions, kills and jumps of the clock breaks an invariant', async t => {
  t.timeout(900_000)
  const seen = { acts: 0, calls: 0, changes: 0, pages: 0, presses: 0 }
  const property = fc.asyncProperty(fc.array(act, { minLength: 1, maxLength: 60, size: 'max' }), async acts => {
    const { box, past } = await tell(acts)
    seen.acts += acts.length
    seen.calls += box.facts('call.began').length
    seen.changes += box.store.revision
    seen.pages += past.pages.size
    seen.presses += past.presses.length
  })
  // On failure fast-check throws the seed, and the shortest history that it found to fail in the same way.
  await fc.assert(property, { seed: SEED, numRuns: RUNS })
  t.log(JSON.stringify(seen))
  t.true(seen.calls > 3 * RUNS && seen.pages > RUNS && seen.presses > RUNS, JSON.stringify(seen))
})
