// The crowd's process: JSON lines in and out. Ends when its standard input closes.

import { createInterface } from 'node:readline'
import { Crowd } from './crowd.ts'
import type { CrowdLineOut, CrowdRequest } from './crowd-protocol.ts'

function write(line: CrowdLineOut): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}

function main(): void {
  const crowd = new Crowd((event, call) => write({ event, call }))
  const lines = createInterface({ input: process.stdin })
  lines.on('line', line => {
    const { id, command, args } = JSON.parse(line) as CrowdRequest
    obey(command, args).then(
      result => write({ id, result }),
      (error: Error) => write({ id, fault: error.message }),
    )
  })
  lines.on('close', () => {
    void crowd.close().then(() => process.exit(0))
  })

  async function obey(command: CrowdRequest['command'], args: CrowdRequest['args']): Promise<unknown> {
    const run = crowd[command] as ((args: CrowdRequest['args']) => Promise<unknown>) | undefined
    if (!run) throw new Error(`a crowd has no command ${command}`)
    return await run.call(crowd, args)
  }
}

main()
