// `test` of scenario tests: each is run as it is, and told again and again with the switch or the board failing, hanging, or the box dying.
import ava, { type ExecutionContext } from 'ava'
import { sweepTelling } from './retelling.ts'

type Body = (t: ExecutionContext) => void | Promise<void>

/**
 * Registers a scenario, and with it the sweep over its story. `test.unswept(why, title, body)` is for what cannot be
 * told again; the architecture test lists each of those with its reason.
 */
export const test = Object.assign(
  (title: string, body: Body): void => {
    ava(title, body)
    ava.serial(`swept: ${title}`, t => sweepTelling(t, body))
  },
  {
    /** A story of `sweeps.ts`, told step by step at every place. */
    sweep: (title: string, body: Body): void => ava.serial(title, body),
    unswept(why: string, title: string, body: Body): void {
      if (why.trim() === '') throw new Error(`"${title}" says not why it is not swept`)
      ava(title, body)
    },
  },
)
