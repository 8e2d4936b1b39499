// Lamps, as part of the contract of the switch: who watches is told the state, and its end.
import type { RigTest } from './sip-port-contract.ts'

/** Subscriptions, granted, refreshed and ended. */
export function lamps(rigTest: RigTest): void {
  const state = (word: string) => ({ contentType: 'text/plain', body: `${word} {version}` })

  rigTest(
    'who watches is told the state, newest last and numbered upward, at a refresh too, until he leaves',
    async (stage, t) => {
      stage.port.setEventPackages(['dialog'])
      const peer = await stage.rig.peer('201')
      peer.watches('dialog', '202')
      const { subscription, change } = await stage.event('subscribed')
      t.deepEqual(
        [subscription.package, subscription.target, subscription.line, change],
        ['dialog', '202', 'lin_201', 'new'],
      )
      t.is(peer.watchState(), 'asked')
      stage.port.notify([subscription.id], state('idle'))
      await stage.rig.until('the first state', () => peer.watched().length === 1)
      t.is(peer.watchState(), 'active')
      stage.port.notify([subscription.id, 'nobody'], state('rings'))
      await stage.rig.until('the next', () => peer.watched().at(-1)?.startsWith('rings') === true)
      const before = peer.watched().length
      peer.refreshesWatch()
      const again = await stage.event('subscribed')
      t.deepEqual([again.subscription.id, again.change], [subscription.id, 'refreshed'])
      await stage.rig.until('the state once more', () => peer.watched().length > before)
      t.true(peer.watched().at(-1)?.startsWith('rings'))
      const numbers = peer.watched().map(body => Number(body.split(' ')[1]))
      t.deepEqual(numbers, [1, 2, 3])
      t.is(stage.port.dump().subscriptions, 1)
      peer.endsWatch()
      const over = await stage.event('unsubscribed')
      t.deepEqual([over.subscription, over.why], [subscription.id, 'asked'])
      await stage.rig.until('no watcher', () => stage.port.dump().subscriptions === 0)
      stage.port.notify([subscription.id], state('late'))
      t.is(stage.all('unsubscribed').length, 1)
    },
  )

  rigTest('a package that nobody offers is refused with 489, a watcher who may not with 403', async (stage, t) => {
    stage.port.setEventPackages(['dialog'])
    const peer = await stage.rig.peer('201')
    peer.watches('weather', '202')
    await stage.rig.until('a refusal', () => peer.watchState() === 'over')
    t.is(peer.watchRefusedWith(), 489)
    peer.watches('dialog', '202')
    const { subscription } = await stage.event('subscribed')
    stage.port.endSubscription(subscription.id, { reason: 'rejected' })
    await stage.rig.until('a refusal', () => peer.watchState() === 'over')
    t.is(peer.watchRefusedWith(), 403)
    const over = await stage.event('unsubscribed')
    t.deepEqual([over.subscription, over.why], [subscription.id, 'ended'])
    t.throws(() => stage.port.endSubscription(subscription.id, { reason: 'rejected', status: 200 }), {
      message: /refuse/,
    })
  })

  rigTest('a watcher is told when the box ends it', async (stage, t) => {
    stage.port.setEventPackages(['dialog'])
    const peer = await stage.rig.peer('201')
    peer.watches('dialog', '202')
    const { subscription } = await stage.event('subscribed')
    stage.port.notify([subscription.id], state('idle'))
    await stage.rig.until('the first state', () => peer.watchState() === 'active')
    stage.port.endSubscription(subscription.id, { reason: 'noresource' })
    stage.port.endSubscription(subscription.id, { reason: 'noresource' })
    await stage.rig.until('the end', () => peer.watchState() === 'over')
    await stage.event('unsubscribed')
    await stage.rig.until('no watcher', () => stage.port.dump().subscriptions === 0)
    t.is(stage.all('unsubscribed').length, 1)
  })
}
