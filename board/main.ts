// The board process: composition of drivers, safety path and socket. It ends only when it is told to.
//
// INVARIANTS
// - The safety path shares nothing with the supervisor but a socket, a memory directory and the stored messages.
// - Nothing that a client, a disk or a device does ends the process; an unexpected error is a problem, and it goes on.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { openAudioPorts } from './audio-ports.ts'
import type { Driver } from './board.ts'
import { chooseProfile, keepCopy, PROFILE_PROBLEM } from './chosen-profile.ts'
import { systemClock } from './clock.ts'
import { namesOf, obeyLine } from './commands.ts'
import { openDisk } from './disk.ts'
import { openDriver } from './drivers.ts'
import { openJournal } from './journal.ts'
import { createLog } from './log.ts'
import { openMemoryFile } from './memory-file.ts'
import { createNotifier } from './notifier.ts'
import { readOptions } from './options.ts'
import { createProblems } from './problems.ts'
import type { FromBoard } from './protocol.ts'
import { openReflexes } from './reflexes.ts'
import { createSafetyPath, type SafetyPath } from './safety-path.ts'
import { type BoardServer, openServer } from './server.ts'
import { createSounds } from './sounds.ts'

/** The board starts without what the disk has not given by then; it is taken in when it comes; milliseconds. */
const DISK_PATIENCE = 300
const RETRY_AFTER = 1000

async function main(): Promise<void> {
  const log = createLog(2)
  const clock = systemClock
  const options = readOptions(process.argv.slice(2), join(import.meta.dirname, 'profiles'))
  const { profile, problem: misread, copy } = chooseProfile(options.profile)
  const { buses: _drivers, ...told } = profile
  let server: BoardServer | undefined
  let ports: Readonly<Record<string, number>> = {}
  const tell = (message: FromBoard) => server?.broadcast(message)
  const problems = createProblems((problem, state) => {
    log(`${state}: ${problem.code}: ${problem.text}`)
    tell({ say: 'problem', ...problem, solved: state === 'solved' })
  })
  process.on('uncaughtException', error => {
    problems.raise('board.unexpected', `An unexpected error in the board: ${error.stack ?? error.message}`)
  })

  if (misread !== undefined) problems.raise(PROFILE_PROBLEM, misread)
  const disk = openDisk(join(options.data, 'board'))
  const names = namesOf(profile)
  const journal = openJournal({
    disk,
    memory: openMemoryFile(join(options.run, 'board-journal')),
    box: profile.box,
    clock,
    problems,
  })
  const reflexes = openReflexes({ disk, names, clock, problems })
  const sounds = createSounds({ disk, shared: options.data, clock, problems })
  const driver = await openDriver({ profile, run: options.run, devices: options.devices, clock })
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  const looks = openMemoryFile(join(options.run, 'board-looks'))
  const path = createSafetyPath({
    profile: told,
    driver,
    clock,
    boot,
    journal,
    looks,
    reflexes,
    sounds,
    problems,
    tell,
  })

  await Promise.race([
    Promise.all([journal.restored, reflexes.restored]),
    new Promise<void>(resolve => void clock.after(DISK_PATIENCE, resolve)),
  ])
  startDriver(driver, path)
  if (copy !== undefined) void keepCopy(copy, { disk, clock, problems })
  const audio = await openAudioPorts({
    amplifiers: profile.amplifiers.map(a => a.id),
    file: join(options.run, 'amplifier-ports.json'),
    problems,
    datagram: path.datagram,
  })
  ports = audio.ports
  server = await openServer({
    path: join(options.run, 'board.sock'),
    greeting: () => path.greeting(ports),
    command: line => obeyLine(line, names, path.obey),
  })
  const notifier = createNotifier(process.env)
  // A tick of this very loop is the sign of life: if it hangs, nothing is said.
  notifier.ready(() => true)
  log(`ready ${Math.round(process.uptime() * 1000)} ms after its start`)

  const stop = () => {
    notifier.stopping()
    server?.close()
    path.close()
    driver.close()
    // A disk that hangs must not hold the end: what matters has been written, or a problem said that it was not.
    void clock.after(500, () => process.kill(process.pid, 'SIGKILL'))
    void journal.settled().then(() => process.exit(0))
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)

  function startDriver(hardware: Driver, safetyPath: SafetyPath) {
    hardware.start(safetyPath.observer).then(
      () => problems.solve('board.driver'),
      (error: unknown) => {
        const why = error instanceof Error ? error.message : String(error)
        problems.raise('board.driver', `The hardware of the board cannot be opened: ${why}`)
        void clock.after(RETRY_AFTER, () => startDriver(hardware, safetyPath))
      },
    )
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`board: ${error instanceof Error ? error.message : String(error)}\n`)
  // EX_CONFIG of sysexits.h: a profile or an option that starting again does not mend.
  process.exit(78)
})
