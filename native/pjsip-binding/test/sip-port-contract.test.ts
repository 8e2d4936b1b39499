// The real switch keeps what every switch promises, with phones on loopback.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import type { SipEvent } from '../../../firmware/kernel/call/sip-port.ts'
import { sipPortContract } from '../../../firmware/testkit/sip-port-contract.ts'
import type { SipRig } from '../../../firmware/testkit/sip-port-stage.ts'
import { formatWav } from '../../../hw-tests/audio/wav.ts'
import { Bench, credential } from './bench.ts'
import { ContractPeer } from './contract-peer.ts'
import { until } from './phone.ts'

const RATE = 8000
const PATIENCE = 60_000
/** Whoever and whatever can be heard has a tone of its own, a whole number of turns in a fifth of a second. */
const HERTZ: Readonly<Record<string, number>> = { 201: 600, 202: 900, 203: 1300, short: 1700, alarm: 2100, late: 2500 }

sipPortContract(test.serial, {
  name: 'real switch',
  async open(): Promise<SipRig> {
    const bench = await Bench.start()
    const folder = mkdtempSync(join(tmpdir(), 'contract-'))
    const events: SipEvent[] = []
    bench.sip.on(batch => {
      bench.events.push(...batch)
      events.push(...batch)
    })
    const peers: ContractPeer[] = []
    const hertz = (name: string): number => HERTZ[name] ?? Number.NaN
    return {
      port: bench.sip,
      events,
      async peer(number) {
        const { phone, binding } = await bench.registered(number)
        const peer = new ContractPeer(phone, { binding, hertz })
        peers.push(peer)
        return peer
      },
      mustEncrypt() {
        const users = ['201', '202', '203']
        bench.sip.setLines(users.map(user => ({ ...credential(user, `secret-${user}`), encryption: 'required' })))
      },
      async sound(name, seconds) {
        const sample = (_: unknown, n: number) => 0.25 * Math.sin((2 * Math.PI * hertz(name) * n) / RATE)
        const samples = Float32Array.from({ length: Math.round(seconds * RATE) }, sample)
        writeFileSync(join(folder, `${name}.wav`), formatWav({ rate: RATE, samples }))
        await bench.sip.loadSound(name, join(folder, `${name}.wav`))
      },
      async until(what, condition) {
        const look = () => {
          for (const peer of peers) peer.goOn()
          return condition()
        }
        await until(what, look, PATIENCE)
      },
      file: name => join(folder, name),
      async close() {
        await bench.stop()
        rmSync(folder, { recursive: true, force: true })
      },
    }
  },
})
