// What stands in the way of a start is said in one sentence with its remedy, and the box does not try for ever.
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { TestBox } from '../lab/box.ts'
import { freePort } from '../lab/free-port.ts'
import { until } from '../lab/until.ts'

interface Ended {
  readonly code: number | null
  readonly said: string
}

async function folder(t: ExecutionContext): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'start-'))
  t.teardown(() => rm(made, { recursive: true, force: true }))
  return made
}

/** Runs the launcher until it ends by itself; it is killed after a minute and a half. */
async function launch(t: ExecutionContext, options: readonly string[]): Promise<Ended> {
  const program = join(import.meta.dirname, '..', '..', 'systemd', 'launcher.ts')
  const child = spawn(process.execPath, [program, ...options], { stdio: ['ignore', 'pipe', 'pipe'] })
  t.teardown(() => child.kill('SIGKILL'))
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const late = setTimeout(() => child.kill('SIGTERM'), 90_000)
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null]
  clearTimeout(late)
  return { code: signal === null ? code : null, said }
}

const directories = (at: string) => ['--data', join(at, 'data'), '--run', join(at, 'run'), '--host', '127.0.0.1']

test.serial('a SIP port that is taken is named, with what to do', async t => {
  const holder = createSocket('udp4').bind(0, '127.0.0.1')
  await once(holder, 'listening')
  t.teardown(() => holder.close())
  const { port } = holder.address()
  const { code, said } = await launch(t, [...directories(await folder(t)), '--sip-port', `${port}`])
  t.not(code, 0)
  t.not(code, null, `it went on: ${said}`)
  t.regex(said, new RegExp(`${port}`))
  t.regex(said, /taken|in use/i)
  t.regex(said, /--sip-port/)
  t.notRegex(said, /\n +at /)
})

test.serial('without --host the box listens on all addresses of both families', async t => {
  const at = await folder(t)
  const [sipPort, tlsPort, webPort] = [await freePort(), await freePort(), await freePort()]
  const sip = ['--sip-port', `${sipPort}`, '--sip-tls-port', `${tlsPort}`]
  const ports = [...sip, '--http-port', `${webPort}`, '--rtp', '22000-23999']
  const program = join(import.meta.dirname, '..', '..', 'systemd', 'launcher.ts')
  const directories = ['--data', join(at, 'data'), '--run', join(at, 'run')]
  const child = spawn(process.execPath, [program, ...directories, ...ports], { stdio: ['ignore', 'pipe', 'pipe'] })
  const gone = once(child, 'close')
  t.teardown(async () => {
    child.kill('SIGTERM')
    await gone
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()))
  await until('the box is ready', () => said.includes('is ready: SIP on port') || child.exitCode !== null, {
    seconds: 60,
  })
  t.regex(said, /is ready: SIP on port/)
  for (const host of ['127.0.0.1', '::1']) {
    const udp = createSocket(host === '::1' ? 'udp6' : 'udp4')
    t.teardown(() => udp.close())
    let answer = ''
    udp.on('message', text => (answer = text.toString()))
    udp.connect(sipPort, host)
    await once(udp, 'connect')
    udp.send(options(host, udp.address().port))
    await until(`SIP answers at ${host}`, () => answer !== '', { seconds: 30 })
    t.regex(answer, /^SIP\/2\.0 200 OK/)
    const tcp = connect(sipPort, host)
    t.teardown(() => void tcp.destroy())
    await once(tcp, 'connect')
  }
})

/** Is anybody there? */
function options(host: string, port: number): string {
  const own = `${host === '::1' ? '[::1]' : host}:${port}`
  const id = randomBytes(8).toString('hex')
  return [
    'OPTIONS sip:box SIP/2.0',
    `Via: SIP/2.0/UDP ${own};branch=z9hG4bK${id};rport`,
    `From: <sip:somebody@${own}>;tag=${id}`,
    'To: <sip:box>',
    `Call-ID: ${id}`,
    'CSeq: 1 OPTIONS',
    'Max-Forwards: 70',
    'Content-Length: 0\r\n\r\n',
  ].join('\r\n')
}

test.serial('a web port that is taken leaves calls and alarms running, and is a problem with its remedy', async t => {
  const holder = createServer().listen(0, '127.0.0.1')
  await once(holder, 'listening')
  t.teardown(() => holder.close())
  const address = holder.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const box = await TestBox.start({ more: ['--http-port', `${port}`] })
  t.teardown(() => box.stop())
  const { problems } = await (await box.console()).ask<{ problems: { code: string; text: string; remedy: string }[] }>({
    ask: 'problems',
  })
  const problem = problems.find(one => one.code.startsWith('web.'))
  t.regex(problem?.text ?? '', new RegExp(`${port}`))
  t.regex(problem?.remedy ?? '', /--http-port/)
})

test.serial('a directory that cannot be made is named, with what to do', async t => {
  const at = await folder(t)
  await writeFile(join(at, 'file'), 'a file, no directory')
  const { code, said } = await launch(t, ['--data', join(at, 'file', 'data'), '--run', join(at, 'run')])
  t.not(code, 0)
  t.not(code, null, `it went on: ${said}`)
  t.true(said.includes(join(at, 'file', 'data')))
  t.regex(said, /choose another/)
  t.notRegex(said, /\n +at /)
})

test.serial('an unknown option and a wrong value are named, with what would be right', async t => {
  const at = await folder(t)
  const unknown = await launch(t, [...directories(at), '--sip-prot', '5060'])
  t.is(unknown.code, 2)
  t.regex(unknown.said, /--sip-prot/)
  t.regex(unknown.said, /--sip-port PORT/)
  for (const [option, value, remedy] of [
    ['--sip-port', '70000', /a port from 1 to 65535/],
    ['--sip-tls-port', '65536', /a port from 1 to 65535/],
    ['--rtp', '100', /a range of at least 100 ports/],
    ['--http-port', 'https', /a port from 1 to 65535/],
  ] as const) {
    const { code, said } = await launch(t, [...directories(at), option, value])
    t.not(code, 0)
    t.not(code, null, `it went on: ${said}`)
    t.true(said.includes(`${option} ${value}`), said)
    t.regex(said, remedy)
  }
})

test.serial('a second box on the same directories is refused; a second start finds everything', async t => {
  const box = await TestBox.start()
  t.teardown(() => box.stop())
  const second = await launch(t, ['--data', box.data, '--run', box.run, '--host', '127.0.0.1'])
  t.is(second.code, 2)
  t.regex(second.said, /running already.*stop it first/s)
  await box.stations(['201'])
  await box.stop({ keep: true })
  const at = performance.now()
  await box.launch()
  t.log(`the second start took ${((performance.now() - at) / 1000).toFixed(1)} s`)
  t.is((await box.resources<{ id: string; rev: number; number: string }>('extension')).at(-1)?.number, '201')
})
