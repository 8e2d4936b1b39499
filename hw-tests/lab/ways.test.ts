// Which way pages leave a box: a group behind a switch that snoops, networks that are one, and the box's own amplifiers.
import test from 'ava'
import { Lab } from './lab.ts'
import { until } from './until.ts'

/** Namespaces need root. */
const labTest = process.getuid?.() === 0 ? test.serial : test.serial.skip

const GROUP = '239.192.7.1'
const listen = `
  const socket = require('node:dgram').createSocket({ type: 'udp4', reuseAddr: true })
  socket.bind(5004, () => { socket.addMembership('${GROUP}', process.argv[1]); console.log('ready') })
  socket.on('message', text => console.log('heard ' + text))
`
const speak = `
  const socket = require('node:dgram').createSocket('udp4')
  let count = 0
  setInterval(() => socket.send(String(++count), 5004, '${GROUP}'), 50)
`
const lastLine = (said: string) => said.trimEnd().split('\n').at(-1) ?? ''

labTest(
  'a group is heard through a snooping switch with a querier, lost without, and the doctor says so each time',
  async t => {
    const house = await Lab.create({ hosts: ['box', 'hall'], snooping: true })
    t.teardown(() => house.remove())
    const hall = await house.start('hall', process.execPath, ['-e', listen, house.host('hall').address])
    await until('the hall listens', () => hall.said.includes('ready'))
    const doctor = await house.start('box', process.execPath, [`${import.meta.dirname}/doctor.ts`, GROUP])
    const says = (what: string) =>
      until(`the doctor says ${what}`, () => lastLine(doctor.said).includes(what)).catch(error => {
        throw new Error(`${(error as Error).message}: ${doctor.said}`)
      })
    await says('querier eth0')
    t.true(lastLine(doctor.said).includes('leaves eth0') && !doctor.said.includes('deaf'))
    const speaker = await house.start('box', process.execPath, ['-e', speak])
    await until('the hall hears', () => hall.said.includes('heard'))
    await house.silenceQuerier()
    await says('no-querier eth0')
    // Nothing has come for as long as twenty packets take, while the box speaks on.
    let heard = ''
    await until('the hall hears no more', async () => {
      const before = hall.said
      await new Promise(resolve => setTimeout(resolve, 1000))
      heard = hall.said
      return heard === before
    })
    t.false(speaker.ended)
  },
)

labTest(
  'a probe that leaves by one network and comes in on another is heard there, although it is from the box itself',
  async t => {
    const house = await Lab.create({ hosts: ['box'] })
    t.teardown(() => house.remove())
    // A second interface of the box in the same network, as when two switch ports have the wrong VLAN.
    const [, , , name = ''] = house.host('box').within
    const hub = name.replace(/\d+$/, 'switch')
    await house.run('box', 'ip', 'link', 'add', 'eth1', 'type', 'veth', 'peer', 'name', 'second', 'netns', hub)
    await house.run('box', 'ip', '-n', hub, 'link', 'set', 'second', 'master', 'br0', 'up')
    await house.run('box', 'ip', 'address', 'add', '10.78.0.1/24', 'dev', 'eth1')
    await house.run('box', 'ip', 'link', 'set', 'eth1', 'up')
    const doctor = await house.start('box', process.execPath, [
      `${import.meta.dirname}/doctor.ts`,
      GROUP,
      'eth0',
      'eth9',
    ])
    await until('the probe is heard', () => doctor.said.includes('one-network eth0')).catch(error => {
      throw new Error(`${(error as Error).message}: ${doctor.said}`)
    })
    t.true(lastLine(doctor.said).includes('no-address-there eth9'))
  },
)

labTest('a box that keeps to one address of a network is heard on its own amplifiers all the same', async t => {
  const house = await Lab.create({ hosts: ['box'] })
  t.teardown(() => house.remove())
  await house.run('box', 'ip', 'route', 'add', 'default', 'dev', 'eth0')
  const box = await house.start('box', process.execPath, [
    `${import.meta.dirname}/one-address.ts`,
    house.host('box').address,
  ])
  await until('the page is over', () => box.said.includes('came:'))
  t.regex(box.said, /came: 30\b/)
})
