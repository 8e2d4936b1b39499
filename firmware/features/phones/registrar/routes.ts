// What a technician asks of the floor: which line is registered from where, and which is not.
import { PbxError } from '../../../kernel/errors.ts'
import type { Context, Route } from '../../../kernel/feature.ts'
import { type Static, Type } from '../../../kernel/schema.ts'
import { lines } from '../lines/feature.ts'
import type { Registrar } from './floor.ts'
import { PHONE_ORDERS, type PhoneOrders } from './phone-orders.ts'

const Order = Type.Object(
  { line: Type.String({ minLength: 1, maxLength: 80 }), what: Type.Enum(PHONE_ORDERS) },
  { additionalProperties: false },
)

/** The routes of this feature. */
export function routesOf(
  ctx: Pick<Context, 'use' | 'log'>,
  floor: Registrar,
  orders: PhoneOrders,
): readonly Route<never, unknown>[] {
  const order: Route<Static<typeof Order>, object> = {
    method: 'POST',
    path: 'registrar/order',
    about: 'Tells the phone of a line to fetch its settings or to start again; answers when it has acknowledged.',
    permission: 'registrar.order',
    input: Order,
    on: ({ line }) => [{ kind: 'line', id: line }],
    async run({ line, what }, who) {
      if (!ctx.use(lines).get(line)) throw new PbxError('registrar.no-line', 'there is no such line', { status: 404 })
      ctx.log.info('a phone is told something from afar', { line, what, who })
      await orders.give(what, floor.bindingsOf(line))
      return {}
    },
  }
  const state = (line: string, contact: string) => {
    const reachable = floor.reachable(line, contact)
    return reachable === false ? 'silent' : 'registered'
  }
  return [
    order as Route<never, unknown>,
    {
      method: 'GET',
      path: 'registrar/phones',
      about: 'Every line of a phone in use: registered from where, silent, or absent.',
      permission: 'registrar.view',
      rows: { in: 'lines', on: ({ device: id }: { readonly device: string }) => [{ kind: 'device', id }] },
      run: () => ({
        lines: ctx
          .use(lines)
          .inUse()
          .map(({ id, authName, device, extension }) => ({
            line: id,
            authName,
            device,
            extension,
            bindings: floor.bindingsOf(id).map(({ contact, source, userAgent, expiresAt }) => ({
              host: source.host,
              port: source.port,
              transport: source.transport,
              userAgent,
              expiresAt,
              state: state(id, contact),
            })),
          })),
      }),
    },
  ]
}
