// Mail and web requests of the box, each an errand: servers of others hold up nothing here.
import type { Courier } from '../../kernel/courier.ts'
import type { Errands } from './errands.ts'

/** Rejects as the errand does: `courier.mail-not-taken`, `courier.post-not-taken`, or with why there are no errands. */
export const courierBy = (errands: Pick<Errands, 'run'>): Courier => ({
  mail: async order => void (await errands.run('mail', order)),
  post: async order => void (await errands.run('post', order)),
})
