// The supervisor: opens the outside world, starts the features on it, and tells whoever waits that the box is ready.
import { mkdirSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { createNotifier, type Notifier } from '../board/notifier.ts'
import { createSwitch } from '../native/pjsip-binding/lib/index.ts'
import { users } from './features/access/users/feature.ts'
import { certificates } from './features/appliance/certificates/feature.ts'
import type { CertificateSettings } from './features/appliance/certificates/settings.ts'
import { firstDocument } from './features/first-document.ts'
import { features } from './features/index.ts'
import type { SipPort, SwitchConfig, SwitchDump } from './kernel/call/sip-port.ts'
import { PbxError } from './kernel/errors.ts'
import { type Host, startHost } from './kernel/host.ts'
import { type ConsoleServer, openConsole } from './platform/console/console-server.ts'
import { describe } from './platform/http/describe.ts'
import { openBlobDirectory } from './platform/store/blob-directory.ts'
import { openFeatureFolder } from './platform/store/feature-folder.ts'
import { openStores, type Stores } from './platform/store/open-stores.ts'
import { openBoardLink } from './platform/system/board-link.ts'
import { boardProblems } from './platform/system/board-problems.ts'
import { openLog } from './platform/system/console-log.ts'
import { courierBy } from './platform/system/courier.ts'
import { keepEncryption } from './platform/system/encryption-keeper.ts'
import { Errands } from './platform/system/errands.ts'
import type { Look } from './platform/system/looking.ts'
import { LoopWatch, machine } from './platform/system/machine-feature.ts'
import { nameServers } from './platform/system/name-servers.ts'
import { drawingErrands, picturesBy } from './platform/system/pictures.ts'
import { createSpeech } from './platform/system/speech.ts'
import { readSupervisorOptions, type SupervisorOptions } from './platform/system/supervisor-options.ts'
import { systemClock } from './platform/system/system-clock.ts'
import { keepWeb, namesOfThisMachine, type WebKeeper } from './platform/system/web-keeper.ts'

/** A mistake in the command line or the machine that starting again would not mend (sysexits.h: EX_CONFIG). */
const EXIT_CONFIGURATION = 78
const SIP_PORT_REMEDY = 'End what listens there, or choose another port with --sip-port or --sip-tls-port'

async function main(): Promise<void> {
  const options = readSupervisorOptions(process.argv.slice(2))
  const log = openLog()
  const clock = systemClock({ trusted: () => true })
  const loop = new LoopWatch()
  // Before anything grows: each start of it forks this process.
  const errands = new Errands({ clock, log })
  const drawers = drawingErrands({ clock, log })
  const sip = createSwitch()
  const kept = join(options.data, 'kept')
  mkdirSync(kept, { recursive: true })
  const stores = openStores({
    data: options.data,
    run: options.run,
    kinds: features.flatMap(feature => feature.resources ?? []),
    settings: Object.fromEntries(features.flatMap(one => (one.settings ? [[one.name, one.settings]] : []))),
    migrations: features.flatMap(feature => feature.records ?? []),
    clock,
    log,
  })
  const board = openBoardLink({ path: join(options.run, 'board.sock'), clock, log })
  if (stores.store.revision === 0) await stores.store.change(firstDocument(stores.store))
  let web: WebKeeper | undefined
  const keys = join(options.data, 'box')
  const names = namesOfThisMachine(hostname())
  const encryption = keepEncryption(sip, {
    clock,
    log,
    keys,
    names,
    settings: () => stores.store.settings<CertificateSettings>(certificates.name),
  })
  const parts = {
    encryption,
    storeProblems: () => stores.problems(),
    boardProblems: () => boardProblems(board.problems()),
    webProblem: () => web?.problem(),
    errands,
    drawers,
    engineCounters: () => prefixed('switch_', countsOf(sip.dump())),
  }
  const host = await startHost({
    features: [...features, machine(parts, loop)],
    store: stores.store,
    live: stores.live,
    records: stores.records,
    blobs: openBlobDirectory(kept),
    names: nameServers,
    speech: createSpeech(kept, errands),
    courier: courierBy(errands),
    pictures: picturesBy(drawers, { kept, drawn: join(options.run, 'maps') }),
    files: feature => directoriesOf(options, feature),
    folder: feature => openFeatureFolder(directoriesOf(options, feature).data),
    board,
    sip,
    clock,
    log,
    switchConfig: () => switchConfig(options, stores),
  })
  const opened = await openConsole(join(options.run, 'console.sock'), {
    host,
    log,
    store: stores.store,
    engine: ({ anew }) => {
      const read = { switch: sip.dump(), loop: loop.read(), memory: process.memoryUsage(), pid: process.pid }
      if (anew) loop.reset()
      return read
    },
  })
  const accounts = host.running.get(users.name)?.parts.api as { accounts: Parameters<typeof keepWeb>[1] } | undefined
  if (accounts !== undefined) {
    const box = {
      clock,
      log,
      store: stores.store,
      describe: () => describe(host),
      may: host.may.bind(host),
      observe: host.observe.bind(host),
      look: () => errands.run('look') as Promise<Look>,
    }
    web = keepWeb(box, accounts.accounts, {
      host: options.webHost,
      port: options.webPort,
      names,
      keys,
      pages: join(import.meta.dirname, '..', 'web-ui', 'dist'),
    })
    await web.firstTry
  }
  // Behind the web, which makes the authority when there is none yet.
  if (options.sipTlsPort !== 0) await encryption.begin(host)
  const notifier = createNotifier(process.env)
  endWell({ host, web, encryption, console: opened, stores, stop: () => sip.stop(), board, errands, drawers, notifier })
  notifier.ready(() => answers(sip))
  greet(options, host, web)
  loop.reset()
}

function switchConfig(options: SupervisorOptions, stores: Stores): SwitchConfig {
  const { realm } = stores.store.settings<{ realm: string }>('lines')
  const sockets = options.hosts.flatMap(host => [
    ...(['udp', 'tcp'] as const).map(transport => ({ transport, host, port: options.sipPort })),
    ...(options.sipTlsPort === 0 ? [] : [{ transport: 'tls' as const, host, port: options.sipTlsPort }]),
  ])
  return {
    listen: sockets,
    rtp: options.rtp,
    realm,
    userAgent: 'plant-pbx',
    stateDirectory: join(options.run, 'switch'),
    expires: { min: 60, max: 600 },
  }
}

function directoriesOf({ data, run }: SupervisorOptions, feature: string): { data: string; run: string } {
  const directories = { data: join(data, 'features', feature), run: join(run, 'features', feature) }
  for (const directory of Object.values(directories)) mkdirSync(directory, { recursive: true })
  return directories
}

/** What was counted, and what is up now. */
const countsOf = ({ legs, mediaPorts, counters, ...now }: SwitchDump) => ({
  ...counters,
  ...now,
  legs: legs.length,
  'media-ports': mediaPorts,
})

const prefixed = (prefix: string, counters: Readonly<Record<string, number>>) =>
  Object.fromEntries(Object.entries(counters).map(([name, value]) => [`${prefix}${name}`, value]))

/** Whether calls are served: this loop runs, or it would not ask, and the switch's own thread answers. */
function answers(sip: SipPort): boolean {
  try {
    sip.dump()
    return true
  } catch (error) {
    // Both mean that no call is served: the thread hangs, or it has ended.
    if (error instanceof PbxError) return false
    throw error
  }
}

interface Running {
  readonly host: Host
  readonly web: WebKeeper | undefined
  readonly encryption: { close(): void }
  readonly console: ConsoleServer
  readonly stores: Stores
  readonly board: { close(): void }
  readonly errands: { close(): void }
  readonly drawers: { close(): void }
  readonly notifier: Notifier
  stop(): Promise<void>
}

/** On request: the web first, calls last; the board goes on by itself. */
function endWell(running: Running): void {
  let ending = false
  const end = async () => {
    if (ending) return
    ending = true
    running.notifier.stopping()
    running.encryption.close()
    await running.web?.close()
    await running.console.close()
    await running.host.stop()
    await running.stop()
    running.board.close()
    running.errands.close()
    running.drawers.close()
    await running.stores.close()
    process.exit(0)
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void end())
}

/** Where to go, for whoever started the box by hand. */
function greet(options: SupervisorOptions, host: Host, web: WebKeeper | undefined): void {
  const api = host.running.get(users.name)?.parts.api as
    | { firstSignIn(): { signIn: string; password: string } | undefined }
    | undefined
  const first = api?.firstSignIn()
  const closed = web?.problem()
  const address = options.webHost === '::' ? 'localhost' : options.webHost
  const lines = [
    `plant-pbx is ready: SIP on port ${options.sipPort}${options.sipTlsPort === 0 ? '' : `, over TLS on ${options.sipTlsPort}`}, RTP on ${options.rtp.from}–${options.rtp.to}.`,
    closed?.severity === 'serious'
      ? closed.text
      : `Open https://${address.includes(':') ? `[${address}]` : address}:${options.webPort}`,
    ...(first ? [`Sign in as ${first.signIn} with the first password ${first.password}`] : []),
    ...(host.safeMode.length > 0 ? [`SAFE MODE: ${host.safeMode.join(', ')} could not start.`] : []),
  ]
  process.stdout.write(`\n${lines.map(line => `  ${line}\n`).join('')}\n`)
}

main().catch((error: unknown) => {
  const known = error instanceof PbxError
  const remedy = known && error.code === 'switch.port-taken' ? `\n${SIP_PORT_REMEDY}` : ''
  process.stderr.write(`${known ? error.message : error instanceof Error ? error.stack : String(error)}${remedy}\n`)
  process.exit(known ? EXIT_CONFIGURATION : 1)
})
