import test from 'ava'
import { runSipp, Sipp } from './sipp.ts'
import { answeringParty, callingParty, refusingParty } from './sipp-scenarios.ts'

test('SIPp calls SIPp: every call is counted', async t => {
  const answering = await Sipp.start({ scenario: answeringParty, calls: 20 })
  const placed = await runSipp({ scenario: callingParty, to: `127.0.0.1:${answering.port}`, service: '100', calls: 20 })
  const answered = await answering.whenDone()
  t.is(placed.succeeded, 20)
  t.is(placed.failed, 0)
  t.is(placed.unexpected, 0)
  t.true(placed.meanResponseMs >= 0)
  t.is(answered.succeeded, 20)
})

test('a call that is refused is counted as failed', async t => {
  const refusing = await Sipp.start({ scenario: refusingParty, calls: 2 })
  const to = `127.0.0.1:${refusing.port}`
  const placed = await runSipp({ scenario: callingParty, to, service: '100', calls: 2 })
  await refusing.whenDone()
  t.is(placed.succeeded, 0)
  t.is(placed.failed, 2)
  t.is(placed.unexpected, 2)
})

test('a scenario that SIPp does not understand is said', async t => {
  await t.throwsAsync(runSipp({ scenario: '<scenario><dance/></scenario>', to: '127.0.0.1:9', calls: 1 }), {
    message: /SIPp ended .*Unable to load or parse/s,
  })
})
