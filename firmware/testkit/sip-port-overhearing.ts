// What every SipPort promises of an ear at a bridge.
import type { RigTest } from './sip-port-contract.ts'
import type { Stage } from './sip-port-stage.ts'

async function bridged(stage: Stage) {
  const [a, b, ear] = [await stage.caller('201'), await stage.callee('202'), await stage.callee('203')]
  stage.port.bridge(a.leg, b.leg)
  await stage.rig.until('both to hear', () => a.peer.hears('202') && b.peer.hears('201'))
  return { a, b, ear }
}

export function overhearing(rigTest: RigTest): void {
  rigTest(
    'an ear hears both sides; nobody, one or both hear it, as it listens, whispers or speaks',
    async (stage, t) => {
      const { a, b, ear } = await bridged(stage)
      stage.port.overhear(ear.leg, b.leg, 'listen')
      await stage.rig.until('the ear to hear both', () => ear.peer.hears('201') && ear.peer.hears('202'))
      t.false(a.peer.hears('203') || b.peer.hears('203'), 'nobody hears who listens')
      stage.port.overhear(ear.leg, b.leg, 'whisper')
      await stage.rig.until('a whisper', () => b.peer.hears('203'))
      t.false(a.peer.hears('203'), 'a whisper is for one')
      stage.port.overhear(ear.leg, b.leg, 'speak')
      await stage.rig.until('both to hear the ear', () => a.peer.hears('203') && b.peer.hears('203'))
      stage.port.endOverhear(ear.leg)
      await stage.rig.until('the two to be alone', () => {
        // What was on its way to the ear is no sign that it still listens.
        if (ear.peer.hears('201') || ear.peer.hears('202')) ear.peer.listens()
        else return a.peer.hears('202') && b.peer.hears('201') && !a.peer.hears('203') && !b.peer.hears('203')
        return false
      })
    },
  )

  rigTest('an ear ends with its leg and with the bridge; the bridge does not end with the ear', async (stage, t) => {
    const { a, b, ear } = await bridged(stage)
    stage.port.overhear(ear.leg, a.leg, 'speak')
    await stage.rig.until('the ear to be heard', () => a.peer.hears('203') && b.peer.hears('203'))
    ear.peer.hangsUp()
    await stage.event('ended')
    for (const { peer } of [a, b]) peer.listens()
    await stage.rig.until('the two alone', () => a.peer.hears('202') && b.peer.hears('201'))
    t.is(stage.port.dump().legs.length, 2)
    const other = await stage.callee('203')
    stage.port.overhear(other.leg, a.leg, 'listen')
    await stage.rig.until('another ear', () => other.peer.hears('201'))
    stage.port.unbridge(a.leg)
    await stage.rig.until('silence', () => {
      if (!other.peer.hears('201') && !other.peer.hears('202')) return true
      other.peer.listens()
      return false
    })
  })
}
