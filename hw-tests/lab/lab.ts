// A laboratory on one machine: network namespaces as hosts on one switch, each with an address of its own, so that
// fixed ports, multicast and cut cables can be tried without touching the machine's own network.

import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import { Program } from '../phones/process.ts'

const run = promisify(execFile)

export interface LabOptions {
  /** Names of the hosts; the first gets 10.77.0.1, the next 10.77.0.2 and so on, and fd77::1, fd77::2. */
  hosts: readonly string[]
  /**
   * A switch that passes a group only to ports where somebody asked for it (IGMP snooping), and asks itself (a querier) each
   * second until `silenceQuerier`: two seconds later it has forgotten every group. IPv4 only.
   */
  snooping?: boolean
}

export interface LabHost {
  name: string
  address: string
  address6: string
  /** What to put before a command so that it runs on this host. */
  within: readonly string[]
}

export class Lab {
  readonly hosts: readonly LabHost[]
  readonly #id: string
  readonly #programs: Program[] = []

  private constructor(id: string, hosts: readonly LabHost[]) {
    this.#id = id
    this.hosts = hosts
  }

  /** Builds the hosts and their switch; takes everything down again when any step fails. Needs root. */
  static async create({ hosts, snooping = false }: LabOptions): Promise<Lab> {
    if (new Set(hosts).size !== hosts.length || hosts.length > 200)
      throw new Error('hosts need different names, at most 200')
    const id = randomBytes(3).toString('hex')
    const lab = new Lab(
      id,
      hosts.map((name, i) => ({
        name,
        address: `10.77.0.${i + 1}`,
        address6: `fd77::${(i + 1).toString(16)}`,
        within: ['ip', 'netns', 'exec', namespace(id, i)],
      })),
    )
    try {
      await lab.#build()
      if (snooping) await lab.#snoop()
      return lab
    } catch (error) {
      await lab.remove()
      throw new Error(`the lab cannot be built: ${(error as Error).message}`)
    }
  }

  host(name: string): LabHost {
    const host = this.hosts.find(each => each.name === name)
    if (!host) throw new Error(`the lab has no host ${name}`)
    return host
  }

  /** Starts a program on a host; it is ended with the lab at the latest. */
  async start(host: string, command: string, args: readonly string[]): Promise<Program> {
    const program = await Program.start(command, args, { within: this.host(host).within })
    this.#programs.push(program)
    return program
  }

  /** Runs a command on a host to its end and resolves with its standard output; rejects when it fails. */
  async run(host: string, command: string, ...args: readonly string[]): Promise<string> {
    const [program = '', ...rest] = this.host(host).within
    const { stdout } = await run(program, [...rest, command, ...args], { timeout: 30_000 })
    return stdout
  }

  /** Pulls a host's network cable, as seen from the host: its interface loses the carrier. */
  async unplug(host: string): Promise<void> {
    await this.#port(host, 'down')
  }

  async plug(host: string): Promise<void> {
    await this.#port(host, 'up')
  }

  /** The switch asks for groups no more, as one whose querier was switched off. */
  async silenceQuerier(): Promise<void> {
    await ip(namespace(this.#id, 'switch'), 'link set br0 type bridge mcast_query_interval 10000000')
  }

  /** Delays, loses or reorders what a host sends, in tc-netem's words, such as `delay 20ms 5ms loss 1%`. */
  async impair(host: string, netem: string): Promise<void> {
    await this.run(host, 'tc', 'qdisc', 'replace', 'dev', 'eth0', 'root', 'netem', ...netem.split(' '))
  }

  /** Ends what still runs on the hosts and removes them. Safe to call twice and after a failed start. */
  async remove(): Promise<void> {
    await Promise.all(this.#programs.filter(program => !program.ended).map(program => program.stop()))
    const { stdout } = await run('ip', ['netns', 'list'])
    const own = stdout.split('\n').map(line => line.split(' ')[0] ?? '')
    const failures: string[] = []
    for (const name of own.filter(each => each.startsWith(`lab-${this.#id}-`))) {
      // A link dies with the namespace that it is in; a process left inside would keep both alive.
      await endProcesses(name)
      await run('ip', ['netns', 'delete', name]).catch((error: Error) => failures.push(error.message))
    }
    if (failures.length > 0) throw new Error(`parts of the lab remain: ${failures.join('; ')}`)
  }

  async #build(): Promise<void> {
    const hub = namespace(this.#id, 'switch')
    await run('ip', ['netns', 'add', hub])
    // Without snooping a switch floods multicast to every port, as an unmanaged one in a plant does.
    await ip(hub, 'link add br0 type bridge stp_state 0 mcast_snooping 0')
    await ip(hub, 'link set br0 up')
    for (const [i, host] of this.hosts.entries()) {
      const name = namespace(this.#id, i)
      await run('ip', ['netns', 'add', name])
      await ip(name, `link add eth0 type veth peer name port${i} netns ${hub}`)
      await ip(hub, `link set port${i} master br0 up`)
      await ip(name, 'link set lo up')
      await ip(name, `address add ${host.address}/24 broadcast + dev eth0`)
      await ip(name, `address add ${host.address6}/64 dev eth0 nodad`)
      await ip(name, 'link set eth0 up')
      await ip(name, 'route add 224.0.0.0/4 dev eth0')
    }
  }

  /** Times in hundredths of a second. A group that the switch knows no listener of goes nowhere, as in switches for plants. */
  async #snoop(): Promise<void> {
    const hub = namespace(this.#id, 'switch')
    const times = 'mcast_query_interval 100 mcast_startup_query_interval 100 mcast_query_response_interval 20'
    await ip(hub, `link set br0 type bridge mcast_snooping 1 ${times} mcast_membership_interval 200`)
    for (const index of this.hosts.keys()) await ip(hub, `link set port${index} type bridge_slave mcast_flood off`)
    await ip(hub, 'link set br0 type bridge mcast_querier 1')
  }

  async #port(host: string, state: 'up' | 'down'): Promise<void> {
    const index = this.hosts.indexOf(this.host(host))
    await ip(namespace(this.#id, 'switch'), `link set port${index} ${state}`)
  }
}

function namespace(id: string, part: string | number): string {
  return `lab-${id}-${part}`
}

async function ip(namespace: string, words: string): Promise<void> {
  await run('ip', ['-n', namespace, ...words.split(' ')])
}

async function endProcesses(namespace: string): Promise<void> {
  const { stdout } = await run('ip', ['netns', 'pids', namespace])
  for (const pid of stdout.split('\n').filter(Boolean).map(Number)) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch (error) {
      // It may have ended by itself in between.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
  }
}
