// What the box sends to servers of others: mail, and messages to web services. Beside everything, never on the way of a call.

/** A mail and the server that takes it. */
export interface MailOrder {
  readonly server: MailServer
  readonly from: string
  readonly to: string
  readonly subject: string
  readonly text: string
}

export interface MailServer {
  readonly host: string
  readonly port: number
  /** `tls` from the first byte, `starttls` or not at all, or in the clear. */
  readonly security: 'tls' | 'starttls' | 'none'
  readonly username?: string
  readonly password?: string
  /** PEM of those who may have signed its certificate, instead of the public authorities. */
  readonly authorities?: string
}

/** A POST to a web service; whoever answers anything but 2xx, or redirects, has not taken it. */
export interface PostOrder {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly authorities?: string
}

/** Both resolve when the server has taken it; reject with a PbxError that says why not, within half a minute. */
export interface Courier {
  mail(order: MailOrder): Promise<void>
  post(order: PostOrder): Promise<void>
}
