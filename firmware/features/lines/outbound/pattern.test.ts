import test from 'ava'
import { isLike } from './pattern.ts'

test('patterns fit numbers from the first digit to the last', t => {
  const cases = [
    ['NXXNXXXXXX', '3135550100', true],
    ['NXXNXXXXXX', '1135550100', false],
    ['NXXNXXXXXX', '31355501001', false],
    ['011.', '011498912345', true],
    ['011.', '011', false],
    ['Z[2-4]X', '130', true],
    ['Z[2-4]X', '150', false],
    ['+1313.', '+13135550100', true],
    ['*9.', '*91', true],
    ['.', '1', true],
  ] as const
  for (const [pattern, number, fits] of cases) t.is(isLike(number, pattern), fits, `${pattern} ${number}`)
})
