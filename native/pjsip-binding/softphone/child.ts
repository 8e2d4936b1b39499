// The softphone's process: JSON lines in and out, the addon in between. Ends when its standard input closes, so that
// no phone outlives the test that started it.

import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { autoAnswerDelay, readSipText } from './sip-text.ts'
import type { ChildRequest, SoftphoneOptions } from './softphone-events.ts'

interface RawEvent {
  event: string
  call?: number
  raw?: string
  [field: string]: unknown
}

interface Endpoint {
  start(options: object): Promise<object>
  command(name: string, args: object): Promise<object>
  stop(): void
}

type EndpointClass = new (listener: (fact: RawEvent) => void) => Endpoint

const codecIds = { PCMU: 'PCMU/8000', PCMA: 'PCMA/8000', G722: 'G722/16000', opus: 'opus/48000' } as const

function write(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}

function loadAddon(): { Endpoint: EndpointClass } {
  const file = fileURLToPath(new URL('./build/softphone.node', import.meta.url))
  if (!existsSync(file)) throw new Error(`${file} is missing: run native/pjsip-binding/softphone/build.sh`)
  return createRequire(import.meta.url)(file) as { Endpoint: EndpointClass }
}

function main(): void {
  const addon = loadAddon()
  let options: SoftphoneOptions = { user: '' }
  const live = new Set<number>()

  const endpoint = new addon.Endpoint(({ raw, ...fact }) => {
    const line = raw === undefined ? fact : { ...fact, ...readSipText(raw) }
    if (fact.call !== undefined && fact.event === 'ended') live.delete(fact.call)
    if (fact.event !== 'incoming' || fact.call === undefined || raw === undefined) return write(line)
    live.add(fact.call)
    const delay = options.autoAnswer === 'always' ? 0 : autoAnswerDelay(readSipText(raw).headers)
    const asked = delay === undefined || options.autoAnswer === 'never' ? {} : { autoAnswerSeconds: delay }
    write({ ...line, ...asked })
    takeCall(fact.call, asked.autoAnswerSeconds)
  })

  function takeCall(call: number, autoAnswerSeconds: number | undefined): void {
    answer(call, autoAnswerSeconds === 0 ? 200 : 180)
    if (autoAnswerSeconds === undefined || autoAnswerSeconds === 0) return
    setTimeout(() => {
      if (live.has(call)) answer(call, 200)
    }, autoAnswerSeconds * 1000)
  }

  function answer(call: number, status: number): void {
    // The caller may have hung up in between: then there is nothing to answer, and `ended` is on its way.
    endpoint.command('answer', { call, status }).catch((error: Error) => {
      if (live.has(call)) write({ event: 'fault', reason: error.message })
    })
  }

  async function obey({ command, args }: ChildRequest): Promise<object> {
    if (command !== 'start') return endpoint.command(command, args)
    options = args as SoftphoneOptions
    const codecs = (options.codecs ?? ['PCMU', 'PCMA']).map(codec => codecIds[codec])
    return endpoint.start({ host: '127.0.0.1', transport: 'udp', ...options, codecs })
  }

  const lines = createInterface({ input: process.stdin })
  lines.on('line', line => {
    const request = JSON.parse(line) as ChildRequest
    obey(request).then(
      result => write({ id: request.id, result }),
      (error: Error) => write({ id: request.id, fault: error.message }),
    )
  })
  lines.on('close', () => {
    endpoint.stop()
    process.exit(0)
  })
}

main()
