// One mail handed to a server by SMTP (RFC 5321), over TLS with the server's certificate checked. An errand: a server may hang.
import { createTransport } from 'nodemailer'
import type { MailOrder } from '../../kernel/courier.ts'
import { PbxError } from '../../kernel/errors.ts'

/** For each step of the talk, milliseconds; a silent server is given up before the errand is. */
const PATIENCE = 8000

/** Throws PbxError `courier.mail-not-taken` with what the server said. */
export async function sendMail({ server, ...mail }: MailOrder, patienceMilliseconds = PATIENCE): Promise<void> {
  const { host, port, security, username, password, authorities } = server
  const transport = createTransport({
    host,
    port,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    tls: { minVersion: 'TLSv1.2', ...(authorities !== undefined && { ca: authorities }) },
    connectionTimeout: patienceMilliseconds,
    greetingTimeout: patienceMilliseconds,
    socketTimeout: patienceMilliseconds,
    dnsTimeout: patienceMilliseconds,
    ...(username !== undefined && password !== undefined && { auth: { user: username, pass: password } }),
  })
  try {
    await transport.sendMail({ ...mail, disableFileAccess: true, disableUrlAccess: true })
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new PbxError('courier.mail-not-taken', `the mail server did not take it: ${why}`, { status: 502 })
  } finally {
    transport.close()
  }
}
