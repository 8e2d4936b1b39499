// Phones in a process of their own, for tests in which the switch's JavaScript stands still.
import { writeFileSync } from 'node:fs'
import { header, method, status } from './message.ts'
import { Phone } from './phone.ts'

const { done, ...server } = JSON.parse(process.argv[2] ?? '{}') as { host: string; port: number; done: string }
const phone = (user: string): Promise<Phone> => Phone.open({ server, account: { user, secret: `secret-${user}` } })

process.on('message', async () => {
  const [first, second, third] = [await phone('201'), await phone('202'), await phone('203')]
  // This one's event is what JavaScript does not take.
  await first.register()
  await new Promise(resolve => setTimeout(resolve, 400))
  const registering = second.register({ outcome: 503 }).catch((error: unknown) => error)
  const refused = await second.next('503', m => status(m) === 503 && method(m) === 'REGISTER').catch(() => undefined)
  await third.invite('202', { challenged: false })
  const shed = await third.next('an answer', m => method(m) === 'INVITE' && status(m) > 100)
  await third.invite('8105550911', { challenged: false })
  const callBack = await third.next(
    'an answer to a call back',
    m => method(m) === 'INVITE' && status(m) > 0 && !header(m, 'Call-ID').includes(header(shed, 'Call-ID')),
  )
  await third.invite('911', { challenged: false })
  const emergency = await third.next(
    'an answer to 911',
    m =>
      method(m) === 'INVITE' &&
      status(m) > 0 &&
      ![shed, callBack].some(one => header(one, 'Call-ID') === header(m, 'Call-ID')),
  )
  // Whoever stands still until then looks for this.
  writeFileSync(done, '')
  process.send?.({
    register: refused ? status(refused) : 0,
    retryAfter: refused ? header(refused, 'Retry-After') : '',
    invite: status(shed),
    callBack: status(callBack),
    emergency: status(emergency),
  })
  for (const one of [first, second, third]) one.close()
  await registering
  process.disconnect()
})
process.send?.('ready')
