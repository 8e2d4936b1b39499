// The fake switch looks at a certificate as the real one does: before it counts.
import type { Encryption } from '../kernel/call/sip-port.ts'
import { PbxError } from '../kernel/errors.ts'
import { fitTogether } from '../platform/http/certificate.ts'
import { Commands } from './commands.ts'

export abstract class EncryptedCommands extends Commands {
  setEncryption(o: Encryption): void {
    if (!fitTogether(o)) throw new PbxError('switch.bad-certificate', 'the key belongs to another certificate')
    this.give('setEncryption', [o], () => {})
  }
}
