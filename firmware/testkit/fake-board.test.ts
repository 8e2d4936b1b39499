// The fake board keeps the contract that the link to the real one keeps, and obeys the test.
import test from 'ava'
import { boardPortContract } from './board-contract.ts'
import { createFakeBoard } from './fake-board.ts'
import { FakeClock } from './fake-clock.ts'

boardPortContract(test, {
  name: 'fake board',
  open() {
    const clock = new FakeClock()
    const board = createFakeBoard({ clock })
    return Promise.resolve({
      port: board,
      press: (input: string) => void board.press(input),
      cut: (input: string) => void board.cut(input),
      async until(what: string, condition: () => boolean) {
        // What takes no time on a real board is there at once; the longest that the contract waits for is a held button.
        if (!condition()) await clock.advance('100ms')
        if (!condition()) throw new Error(`the fake did not do it: ${what}`)
      },
      close: () => Promise.resolve(),
    })
  },
})

test('what is said while the board is away reaches it when it is back, and presses are reported again', t => {
  const board = createFakeBoard()
  const seen: string[] = []
  board.on(event => void seen.push(event.type))
  board.disconnect()
  board.press('in-1')
  board.drive({ output: 'lamp-1', pattern: { kind: 'steady' }, owner: 'alm_1', priority: 1 })
  t.false(board.isOn('lamp-1'))
  board.connect()
  t.true(board.isOn('lamp-1'))
  t.deepEqual(
    seen.filter(type => type !== 'output-changed' && type !== 'input-changed'),
    ['disconnected', 'connected', 'driven', 'pressed'],
  )
})

test('the nth command fails or hangs as the test asked', t => {
  const board = createFakeBoard()
  board.failAt(2)
  board.load({ hash: 'h', reflexes: [] })
  t.throws(() => board.load({ hash: 'h', reflexes: [] }), { code: 'board.failed' })
  board.hangAt(1)
  board.load({ hash: 'late', reflexes: [] })
  t.is(board.commands.length, 1)
})
