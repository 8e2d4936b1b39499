// A route of the running box, asked as its pages ask it.
import type { Who } from '../kernel/store.ts'
import { describe } from '../platform/http/describe.ts'
import type { Box } from './scenario.ts'

/** What the route answers; rights inside it are asked for `who`, those at its door are the web's to ask. */
export async function askRoute<T>(
  box: Box,
  path: string,
  input: object = {},
  who: Who = { by: 'console', name: 'test' },
): Promise<T> {
  const routes = describe(box.host).features.flatMap(feature => feature.routes)
  const route = routes.find(one => one.path === path)
  if (!route) throw new Error(`the box has no route ${path}`)
  return (await route.run(input as never, who)) as T
}
