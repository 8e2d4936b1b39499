import test from 'ava'
import { emergencyNumbers, emergencyNumbersOf } from './numbers.ts'

test('in North America 911 is dialled without a prefix, 9911 by habit, and 933 tries it out', t => {
  t.deepEqual(emergencyNumbersOf('US'), { help: ['911', '9911'], test: ['933'] })
})

test('a country without a list of its own has the two numbers of ITU-T E.161.1', t => {
  t.deepEqual(emergencyNumbersOf('XX').help, ['112', '911'])
})

test('a box with sites in two countries knows the numbers of both, each once', t => {
  t.deepEqual(emergencyNumbers(['US', 'DE', 'US']), { help: ['911', '9911', '112', '110'], test: ['933'] })
})
