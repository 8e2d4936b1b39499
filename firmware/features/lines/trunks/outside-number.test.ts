import test from 'ava'
import { outsideNumber, written } from './outside-number.ts'

test('numbers dialled in the United States are whole numbers of their kind', t => {
  const cases = [
    ['3135550100', '+13135550100', 'national'],
    ['13135550100', '+13135550100', 'national'],
    ['8005550100', '+18005550100', 'toll-free'],
    ['9005550100', '+19005550100', 'premium'],
    ['011498912345678', '+498912345678', 'international'],
    ['+498912345678', '+498912345678', 'international'],
    ['18765550100', '+18765550100', 'international'],
  ] as const
  for (const [dialled, e164, kind] of cases) {
    const number = outsideNumber(dialled, 'US')
    t.deepEqual([number.e164, number.class], [e164, kind], dialled)
  }
})

test('the same is dialled otherwise in Germany', t => {
  t.is(outsideNumber('08912345678', 'DE').e164, '+498912345678')
  t.is(outsideNumber('08912345678', 'DE').class, 'national')
  t.is(outsideNumber('0013135550100', 'DE').class, 'international')
})

test('short numbers are no whole numbers, and sent as they were dialled', t => {
  const number = outsideNumber('411', 'US')
  t.deepEqual([number.e164, number.class], [undefined, 'service'])
  t.is(written(number, 'e164'), '411')
})

test('each trunk is sent numbers in its own form', t => {
  const number = outsideNumber('13135550100', 'US')
  const forms = (['e164', 'e164-without-plus', 'national', 'as-dialled'] as const).map(form => written(number, form))
  t.deepEqual(forms, ['+13135550100', '13135550100', '3135550100', '13135550100'])
  t.is(written(outsideNumber('011498912345678', 'US'), 'national'), '+498912345678')
})
