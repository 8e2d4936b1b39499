import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import test, { type ExecutionContext } from 'ava'
import { Softphone } from '../../native/pjsip-binding/softphone/softphone.ts'
import { runSipp, Sipp } from '../phones/sipp.ts'
import { answeringParty, callingParty } from '../phones/sipp-scenarios.ts'
import { freePort } from './free-port.ts'
import { Lab } from './lab.ts'
import { until } from './until.ts'

const run = promisify(execFile)
/** Namespaces need root. */
const labTest = process.getuid?.() === 0 ? test.serial : test.serial.skip

async function lab(t: ExecutionContext, ...hosts: string[]): Promise<Lab> {
  const created = await Lab.create({ hosts })
  t.teardown(() => created.remove())
  return created
}

/** Those of this lab: others may stand on the machine at the same time. */
async function namespacesOf({ hosts }: Lab): Promise<string[]> {
  const own = (hosts[0]?.within[3] ?? '').replace(/\d+$/, '')
  const { stdout } = await run('ip', ['netns', 'list'])
  return stdout.split('\n').filter(line => line.startsWith(own))
}

const listen = `
  const socket = require('node:dgram').createSocket({ type: 'udp4', reuseAddr: true })
  socket.bind(5004, () => { socket.addMembership('239.192.1.1', process.argv[1]); console.log('ready') })
  socket.on('message', (text, from) => { console.log('heard ' + text + ' from ' + from.address) })
`
const speak = `
  const socket = require('node:dgram').createSocket('udp4')
  socket.send('fire', 5004, '239.192.1.1', () => socket.close())
`

const says = (program: { said: string }, word: string): Promise<void> =>
  until(`it says ${word}`, () => program.said.includes(word)).catch(error => {
    throw new Error(`${error instanceof Error ? error.message : error}: ${program.said}`)
  })

labTest('hosts reach each other, by both families, and not the machine outside', async t => {
  const house = await lab(t, 'box', 'phone')
  const { address, address6 } = house.host('phone')
  for (const to of [address, address6]) t.regex(await house.run('box', 'ping', '-c', '1', '-W', '20', to), /1 received/)
  await t.throwsAsync(house.run('box', 'ping', '-c', '1', '-W', '1', '192.0.2.1'), { message: /unreachable/ })
})

labTest('a multicast group reaches every host that joined', async t => {
  const house = await lab(t, 'box', 'hall', 'yard')
  const ears = await Promise.all(
    ['hall', 'yard'].map(name => house.start(name, process.execPath, ['-e', listen, house.host(name).address])),
  )
  for (const ear of ears) await says(ear, 'ready')
  await house.run('box', process.execPath, '-e', speak)
  for (const ear of ears) await t.notThrowsAsync(says(ear, 'heard fire from 10.77.0.1'))
})

labTest('phones call across hosts on their own fixed ports, until a cable is pulled', async t => {
  const house = await lab(t, 'box', 'phone')
  const [box, phone] = [house.host('box'), house.host('phone')]
  const answering = await Sipp.start({
    scenario: answeringParty,
    calls: 3,
    host: box.address,
    port: 5060,
    within: box.within,
  })
  const call = {
    scenario: callingParty,
    to: `${box.address}:5060`,
    service: '100',
    host: phone.address,
    within: phone.within,
  }
  t.is((await runSipp({ ...call, calls: 3 })).succeeded, 3)
  t.is((await answering.whenDone()).succeeded, 3)
  const caller = await Softphone.start({ user: 'a', host: phone.address, within: phone.within })
  const called = await Softphone.start({
    user: 'b',
    host: box.address,
    port: 5060,
    within: box.within,
    autoAnswer: 'always',
  })
  t.teardown(() => Promise.all([caller.kill(), called.kill()]))
  await (await caller.call(called.uri)).whenAnswered()
  await house.unplug('box')
  await t.throwsAsync(house.run('phone', 'ping', '-c', '1', '-W', '1', box.address))
  await house.plug('box')
  await house.run('phone', 'ping', '-c', '1', '-W', '20', box.address)
})

labTest('two labs stand side by side, and nothing of them remains', async t => {
  const [one, two] = await Promise.all([Lab.create({ hosts: ['a'] }), Lab.create({ hosts: ['a', 'b'] })])
  const endless = await two.start('a', process.execPath, [
    '-e',
    'setInterval(() => {}, 1000); process.on("SIGTERM", () => {})',
  ])
  t.deepEqual([(await namespacesOf(one)).length, (await namespacesOf(two)).length], [2, 3])
  await one.remove()
  await two.remove()
  await two.remove()
  t.true(endless.ended)
  for (const lab of [one, two]) t.deepEqual(await namespacesOf(lab), [])
})

labTest('a lab that cannot be built leaves nothing behind', async t => {
  await t.throwsAsync(Lab.create({ hosts: ['a', 'a'] }), { message: /different names/ })
  const house = await lab(t, 'a')
  t.throws(() => house.host('b'), { message: /no host b/ })
  await t.throwsAsync(
    house.start('a', 'no-such-program', []).then(program =>
      program.exit.then(({ code }) => {
        throw new Error(`ended with ${code}: ${program.said}`)
      }),
    ),
    { message: /no-such-program/ },
  )
  await house.remove()
  t.deepEqual(await namespacesOf(house), [])
  t.true((await freePort()) > 0)
})
