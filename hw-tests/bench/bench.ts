// `npm run bench -- NAME [--quick]`: measures one thing about the box and says whether its goal is met.
import { parseArgs } from 'node:util'
import { type Bench, table } from './figures.ts'

const benches: Readonly<Record<string, () => Promise<Bench>>> = {
  panic: async () => (await import('./panic.ts')).panic,
  register: async () => (await import('./register.ts')).register,
  storm: async () => (await import('./storm.ts')).storm,
  calls: async () => (await import('./calls.ts')).calls,
  relay: async () => (await import('./relay.ts')).relay,
  mix: async () => (await import('./mix.ts')).mix,
  memory: async () => (await import('./memory.ts')).memory,
  soak: async () => (await import('./soak.ts')).soak,
  store: async () => {
    const { run } = await import('./store.ts')
    return async o => (await run(o)).figures
  },
}

const usage = `npm run bench -- NAME [--quick] [--minutes N]
  NAME is one of: ${Object.keys(benches).join(', ')}
  --quick      at most 20 s
  --minutes N  how long "soak" lasts (default: 60)
`

async function main(): Promise<void> {
  const options = { quick: { type: 'boolean' }, minutes: { type: 'string' } } as const
  const { positionals, values } = parseArgs({ allowPositionals: true, options })
  const [name = ''] = positionals
  const chosen = benches[name]
  const minutes = values.minutes === undefined ? undefined : Number(values.minutes)
  if (chosen === undefined || (minutes !== undefined && !(minutes > 0))) {
    process.stderr.write(usage)
    process.exit(2)
  }
  const bench = await chosen()
  const figures = await bench({
    quick: values.quick === true,
    say: text => console.log(text),
    ...(minutes === undefined ? {} : { minutes }),
  })
  console.log(`\n${name}\n${table(name, figures)}\n`)
  console.log(JSON.stringify({ bench: name, figures }))
}

await main()
