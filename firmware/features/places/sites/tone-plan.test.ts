// The tones of the countries: every one complete, with figures that a phone can tell apart.
import test from 'ava'
import { TONE_COUNTRIES, TONES, tonesOf } from './tone-plan.ts'

test('every country has every tone, of audible frequencies and whole cadences', t => {
  t.true(TONE_COUNTRIES.length >= 12)
  for (const country of [...TONE_COUNTRIES, 'ZZ']) {
    const plan = tonesOf(country)
    for (const name of TONES) {
      const { steps, from = 0 } = plan[name]
      t.true(from < steps.length, `${country} ${name}`)
      for (const { hertz, milliseconds } of steps) {
        t.true(milliseconds >= 50 && milliseconds <= 15_000, `${country} ${name}: ${milliseconds} ms`)
        t.true(
          hertz.every(one => one >= 300 && one <= 700),
          `${country} ${name}: ${hertz.join('+')} Hz`,
        )
      }
      t.true(
        steps.some(step => step.hertz.length > 0),
        `${country} ${name} is heard`,
      )
    }
    t.notDeepEqual(plan['ring-back'], plan.busy)
    t.notDeepEqual(plan.dial, plan.stutter)
  }
})

test('the figures are those of the country', t => {
  const ringBack = (country: string) => tonesOf(country)['ring-back'].steps
  t.deepEqual(ringBack('US'), [
    { hertz: [440, 480], milliseconds: 2000 },
    { hertz: [], milliseconds: 4000 },
  ])
  t.deepEqual(ringBack('GB'), [
    { hertz: [400, 450], milliseconds: 400 },
    { hertz: [], milliseconds: 200 },
    { hertz: [400, 450], milliseconds: 400 },
    { hertz: [], milliseconds: 2000 },
  ])
  t.deepEqual(ringBack('ZZ'), ringBack('DE'))
  t.deepEqual(tonesOf('DE').busy.steps[0], { hertz: [425], milliseconds: 480 })
})

test('a stutter is heard once, and the dial tone behind it for ever', t => {
  const { steps, from } = tonesOf('US').stutter
  t.is(from, 20)
  t.deepEqual(steps[0], { hertz: [350, 440], milliseconds: 100 })
  t.deepEqual(steps.slice(20), [{ hertz: [350, 440], milliseconds: 1000 }])
})
