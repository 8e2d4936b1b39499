// What the crowd's process and its client say to each other, one JSON line each.

import type { AnswerRule } from './answering.ts'
import type { CrowdCallReport } from './crowd-call.ts'
import type { Registration } from './crowd-line.ts'

export interface CrowdOptions {
  lines: readonly { user: string; password?: string }[]
  /** Host and port of the box. */
  registrar: { host: string; port: number }
  /** Local address; default 127.0.0.1. */
  host?: string
  rule?: Partial<AnswerRule>
}

export interface CrowdCommands {
  open: { args: CrowdOptions; result: { addresses: string[] } }
  register: { args: { expiresSeconds: number; perSecond: number }; result: Registration[] }
  place: { args: { line: string; to: string; talks: boolean }; result: CrowdCallReport }
  hangup: { args: { line?: string }; result: object }
  calls: { args: object; result: CrowdCallReport[] }
  forget: { args: object; result: object }
  retransmissions: { args: object; result: { count: number } }
}

export type CrowdCommand = keyof CrowdCommands
export interface CrowdRequest<C extends CrowdCommand = CrowdCommand> {
  id: number
  command: C
  args: CrowdCommands[C]['args']
}

export interface CrowdEvent {
  event: 'incoming' | 'answered' | 'first-rtp' | 'first-sound' | 'ended'
  call: CrowdCallReport
}

export type CrowdLineOut = CrowdEvent | { id: number; result: unknown } | { id: number; fault: string }
