// `npm run bench -- NAME`: measures one thing about the box and says whether its goal is met.
import { parseArgs } from 'node:util'
import { type Bench, type BenchOptions, table } from './figures.ts'
import { readPeer } from './peer.ts'

const benches: Readonly<Record<string, () => Promise<Bench>>> = {
  panic: async () => (await import('./panic.ts')).panic,
  page: async () => (await import('./page.ts')).page,
  emergency: async () => (await import('./emergency.ts')).emergency,
  register: async () => (await import('./register.ts')).register,
  storm: async () => (await import('./storm.ts')).storm,
  calls: async () => (await import('./calls.ts')).calls,
  relay: async () => (await import('./relay.ts')).relay,
  mix: async () => (await import('./mix.ts')).mix,
  memory: async () => (await import('./memory.ts')).memory,
  linear: async () => (await import('./linear.ts')).linear,
  soak: async () => (await import('./soak.ts')).soak,
  store: async () => {
    const { run } = await import('./store.ts')
    return async o => (await run(o)).figures
  },
}

const usage = `npm run bench -- NAME [--quick] [--minutes N] [--calls N] [--peer HOST:PORT --pid PID]
  NAME is one of: ${Object.keys(benches).join(', ')}
  --quick            at most 20 s
  --minutes N        how long "soak" lasts (default: 60)
  --calls N          how many calls talk in "relay" (default: 200)
  --peer HOST:PORT   "calls", "register" and "relay" against another SIP server: with the phones 1000 to 1499 and 2000 to
                     2499, the password of each being "pw" and its number
  --pid PID          its process, whose processor time is counted; once for each process
`
/** Benches that a peer can stand: the others look into the box. */
const FOR_PEERS: ReadonlySet<string> = new Set(['calls', 'register', 'relay'])

interface Asked {
  readonly name: string
  readonly options: Omit<BenchOptions, 'say'>
}

/** Throws with what is wrong about the command line. */
function readAsked(args: readonly string[]): Asked {
  const text = { type: 'string' } as const
  const { positionals, values } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { quick: { type: 'boolean' }, minutes: text, calls: text, peer: text, pid: { ...text, multiple: true } },
  })
  const [name = ''] = positionals
  if (benches[name] === undefined) throw new Error(`there is no bench "${name}"`)
  if (values.peer !== undefined && !FOR_PEERS.has(name)) throw new Error(`"${name}" cannot be asked of a peer`)
  return {
    name,
    options: {
      quick: values.quick === true,
      ...(values.minutes === undefined ? {} : { minutes: above0('--minutes', values.minutes) }),
      ...(values.calls === undefined ? {} : { calls: Math.ceil(above0('--calls', values.calls)) }),
      ...(values.peer === undefined ? {} : { peer: readPeer(values.peer, values.pid ?? []) }),
    },
  }
}

function above0(option: string, text: string): number {
  const value = Number(text)
  if (!(value > 0)) throw new Error(`${option} ${text}: a number above 0 is wanted`)
  return value
}

function asked(): Asked {
  try {
    return readAsked(process.argv.slice(2))
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n\n${usage}`)
    process.exit(2)
  }
}

async function main(): Promise<void> {
  const { name, options } = asked()
  const bench = await benches[name]?.()
  const figures = await bench?.({ ...options, say: text => console.log(text) })
  if (figures === undefined) return
  // Goals are the box's.
  console.log(`\n${name}\n${table(options.peer === undefined ? name : '', figures)}\n`)
  console.log(JSON.stringify({ bench: name, figures }))
}

await main()
