// The trial of an image: it boots, both units run, pages and SIP answer; the power is cut right after a change was
// acknowledged, and it comes back with that change.
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort } from '../lab/free-port.ts'
import { until } from '../lab/until.ts'
import { Machine } from './machine.ts'
import { ask, sipOptions } from './outside.ts'

export interface TrialOptions {
  readonly image: string
  /** Directory with kernel and initrd; the serial console's log is left there. */
  readonly boot: string
  readonly say: (line: string) => void
}

/** Emulated machines on a busy host take minutes for what a rack does in seconds. */
const BOOT_SECONDS = 3000
const ANSWER_SECONDS = 240
const PASSWORD = 'a trial of the image'

/** Rejects at the first thing that is not as it should be. */
export async function tryImage({ image, boot, say }: TrialOptions): Promise<void> {
  const work = await mkdtemp(join(boot, 'trial-'))
  const data = join(work, 'data.ext4')
  const log = join(boot, 'console.log')
  await writeFile(log, '')
  await promisify(execFile)('mke2fs', ['-q', '-t', 'ext4', data, '256M'])
  const [webPort, sipPort] = [await freePort(), await freePort()]
  const files = { image, data, log, kernel: join(boot, 'kernel'), initrd: join(boot, 'initrd') }
  const machine = new Machine({ ...files, webPort, sipPort })
  const ports = { webPort, sipPort, say }
  try {
    await bootUp(machine, ports)
    const first = await machine.says(/first password ([a-z0-9]{4}(?:-[a-z0-9]{4}){4})/, ANSWER_SECONDS)
    let cookie = await signIn(webPort, first[1] ?? '')
    const change = { current: first[1], next: PASSWORD }
    cookie = (await expect(200, '/api/session/password', webPort, { cookie, body: change })).cookie ?? cookie
    const extension = { value: { number: '777', name: 'Trial of the image' }, why: 'the trial' }
    await expect(201, '/api/resources/extension', webPort, { cookie, body: extension })
    await machine.cutPower()
    say('a change was acknowledged, and the power cut')

    await bootUp(machine, ports)
    const list = await expect(200, '/api/resources/extension?q=777', webPort, {
      cookie: await signIn(webPort, PASSWORD),
    })
    if (!list.text.includes('Trial of the image')) throw new Error(`the change is lost: ${list.text}`)
    say('the change is there')
  } finally {
    await machine.cutPower()
    await rm(work, { recursive: true, force: true })
  }
}

async function bootUp(machine: Machine, o: { webPort: number; sipPort: number; say: (line: string) => void }) {
  const at = performance.now()
  const told = (what: string) => o.say(`${((performance.now() - at) / 1000).toFixed(1).padStart(7)} s  ${what}`)
  machine.powerOn()
  for (const unit of ['plant-board', 'plant-pbx']) {
    const [, state] = await machine.says(new RegExp(`look: ${unit} (\\w+)`), BOOT_SECONDS)
    if (state !== 'active') throw new Error(`${unit} is ${state}\n${machine.said.slice(-6000)}`)
  }
  told('board and supervisor are active')
  const answers = { seconds: ANSWER_SECONDS, everyMilliseconds: 500 }
  await until(
    'the pages answer',
    async () => (await ask(o.webPort, '/').catch(() => undefined))?.status === 200,
    answers,
  )
  told('the pages answer')
  let answered: string | undefined
  const asked = async () => {
    answered = await sipOptions(o.sipPort, 5)
    return answered !== undefined
  }
  await until('SIP answers', asked, answers)
  if (answered !== 'SIP/2.0 200 OK') throw new Error(`OPTIONS was answered ${answered}`)
  told('SIP answers')
}

async function signIn(port: number, password: string): Promise<string> {
  const { cookie } = await expect(200, '/api/session', port, { body: { signIn: 'admin', password } })
  if (cookie === undefined) throw new Error('the session has no cookie')
  return cookie
}

async function expect(status: number, path: string, port: number, o: { body?: object; cookie?: string }) {
  const reply = await ask(port, path, o)
  if (reply.status !== status) throw new Error(`${path} was answered ${reply.status}: ${reply.text}`)
  return reply
}
