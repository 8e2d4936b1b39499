// `pbx`: the box's own command line, over its local socket. Works without network, web and password: who can open the
// socket is trusted by the machine.
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { PbxError } from './kernel/errors.ts'
import { type Console, openConsoleClient } from './platform/console/console-client.ts'
import { commands } from './platform/console/pbx-commands.ts'

const USAGE = `pbx: ask the box, and tell it

  pbx status                          what is wrong, and how the box is
  pbx phones                          who is registered, from where
  pbx calls                           who talks to whom
  pbx explain NUMBER --from WHO       where a call would go and why (WHO: extension, line or trunk:NAME)
  pbx alarms                          alarms that are live, with each step
  pbx press BUTTON                    operate a button of the simulated board
  pbx config get KIND [NAME]          show resources of a kind, or one
  pbx config set KIND NAME FIELD=VALUE …   change or add one; VALUE is JSON or plain text
  pbx config undo [REVISION]          take the last change back, or that one
  pbx config history                  who changed what
  pbx engine                          figures of the switch, the event loop and memory

  --run DIRECTORY   of the box to ask (default: the one npm start uses here)
  --json            print what the box answered
`

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      run: { type: 'string' },
      json: { type: 'boolean' },
      from: { type: 'string' },
      help: { type: 'boolean' },
    },
  })
  const [name = 'help', ...rest] = positionals
  const command = commands[name]
  if (values.help === true || command === undefined) {
    process.stdout.write(USAGE)
    process.exitCode = command === undefined && name !== 'help' ? 2 : 0
    return
  }
  const box = await openConsoleClient(join(runDirectory(values.run), 'console.sock'))
  try {
    await command({ console: box, words: rest, from: values.from, print: printer(values.json === true) })
  } finally {
    box.close()
  }
}

/** Prints the text, or with `--json` what it was made from. */
const printer = (json: boolean) => (text: string, answer: unknown) =>
  void process.stdout.write(`${json ? JSON.stringify(answer, null, 2) : text}\n`)

/** On the appliance, systemd's; on a developer's machine, the one that `npm start` takes for the project's data. */
function runDirectory(given: string | undefined): string {
  if (given !== undefined) return resolve(given)
  if (existsSync('/run/plant-pbx/console.sock')) return '/run/plant-pbx'
  const data = resolve(join(import.meta.dirname, '..', '.data'))
  const name = `plant-pbx-${createHash('sha256').update(data).digest('hex').slice(0, 12)}`
  return (
    [process.env.XDG_RUNTIME_DIR, '/dev/shm']
      .flatMap(directory => (directory === undefined ? [] : [join(directory, name)]))
      .find(directory => existsSync(directory)) ?? join(data, 'run')
  )
}

export type { Console }

main().catch((error: unknown) => {
  const text = error instanceof Error ? error.message : String(error)
  const fields =
    error instanceof PbxError ? Object.entries(error.fields).map(([field, why]) => `\n  ${field}: ${why}`) : []
  process.stderr.write(`${text}${fields.join('')}\n`)
  process.exitCode = 1
})
