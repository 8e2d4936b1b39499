// Numbers of a site that are lent to phones that call for help, each with an address that the carrier has registered for the
// site (ELIN): whoever calls such a number back from outside reaches the very phone.
import { Name, Ref, type Static, Type } from '../../../kernel/schema.ts'
import type { ResourceKind } from '../../../kernel/store.ts'

export const NumberPool = Type.Object({
  name: Name({ title: 'Name' }),
  site: Ref('site', { title: 'Site', description: 'Phones that stand there borrow from it.' }),
  numbers: Type.Array(Type.String({ pattern: '^\\+[1-9][0-9]{6,14}$' }), {
    title: 'Numbers',
    minItems: 1,
    maxItems: 100,
    description:
      'Whole numbers that come in by your trunks and that the carrier lets you show, such as +18105550142, each registered with the address of the site. As many as phones may call for help in half an hour.',
  }),
})
export type NumberPool = Static<typeof NumberPool>

/** The resource kind `number-pool`. */
export const numberPoolKind: ResourceKind<NumberPool> = {
  kind: 'number-pool',
  prefix: 'npl',
  title: ['Pool of call-back numbers', 'Pools of call-back numbers'],
  schema: NumberPool,
  label: 'name',
  check({ numbers }): Record<string, string> {
    const twice = numbers.find((number, at) => numbers.indexOf(number) !== at)
    return twice === undefined ? {} : { numbers: `${twice} stands there twice: enter it once` }
  },
}
