// Servers of others: they take what they are given, refuse it, or never answer.
import type { Courier, MailOrder, PostOrder } from '../kernel/courier.ts'
import { PbxError } from '../kernel/errors.ts'

export class FakeCourier implements Courier {
  manner: 'takes' | 'refuses' | 'hangs' = 'takes'
  readonly mails: MailOrder[] = []
  readonly posts: PostOrder[] = []

  mail(order: MailOrder): Promise<void> {
    this.mails.push(order)
    return this.#outcome('courier.mail-not-taken')
  }

  post(order: PostOrder): Promise<void> {
    this.posts.push(order)
    return this.#outcome('courier.post-not-taken')
  }

  #outcome(code: string): Promise<void> {
    if (this.manner === 'hangs') return new Promise(() => {})
    if (this.manner === 'takes') return Promise.resolve()
    return Promise.reject(new PbxError(code, 'the server did not take it: 550 no such mailbox', { status: 502 }))
  }
}
