// Emergency calls: from any station, registered or not, to the people who send help; and everybody told beside it.
import type { Next } from '../../../kernel/call/call.types.ts'
import { feature } from '../../../kernel/feature.ts'
import type { ActionRef } from '../../../kernel/schema.ts'
import { devices } from '../../phones/devices/feature.ts'
import { extensions } from '../../phones/extensions/feature.ts'
import { registrar } from '../../phones/registrar/feature.ts'
import { locations } from '../../places/locations/feature.ts'
import { networks } from '../../places/networks/feature.ts'
import { siteKind, sites } from '../../places/sites/feature.ts'
import { reachHelp } from './answering.ts'
import { tellBeside } from './beside.ts'
import { whileUncared } from './care.ts'
import type { EmergencyCalls } from './emergency-calls-api.ts'
import { forwardingPoints } from './forwarding-points.ts'
import { keepLastResort } from './last-resort.ts'
import { emergencyNumbers, withoutPrefix } from './numbers.ts'
import { conveyedOf } from './place.ts'
import { problemsOf } from './problems.ts'
import { readBack } from './read-back.ts'
import { makeReady } from './readiness.ts'
import { emergencyLog, migrations } from './records.ts'
import { rememberedWays } from './remembered-ways.ts'
import { routesOf, touchesOf } from './routes.ts'
import { emergencyPlanKind } from './settings.ts'
import { answeringPoints } from './targets.ts'
import { openTold } from './told.ts'
import { callsUnderWay } from './under-way.ts'
import { waysOutside } from './ways-outside.ts'
import { words } from './words.en.ts'

export type { WayOutside } from './answering.ts'
export type { EmergencyCalls } from './emergency-calls-api.ts'
export type { EmergencyCall } from './facts.ts'
export type { HelpNumber } from './numbers.ts'
export { type EmergencyPlan, emergencyPlanKind } from './settings.ts'

export const emergencyCalls = feature<unknown, EmergencyCalls>({
  name: 'emergency-calls',
  about: 'Emergency numbers from any station, and the people who are told.',
  essential: true,
  needs: [sites, locations, networks, devices, registrar, extensions],
  resources: [emergencyPlanKind],
  records: migrations,
  permissions: {
    'emergency-calls.view': 'See emergency calls and who answers them',
    'emergency-calls.acknowledge': 'Say that somebody takes care of an emergency call',
    'emergency-calls.manage': 'Decide who answers emergency calls',
  },
  words: { en: words },
  start(ctx) {
    const log = emergencyLog(ctx)
    const under = callsUnderWay(ctx, log)
    const test = readBack(ctx)
    const remembered = rememberedWays(ctx)
    const outside = waysOutside(ctx, remembered)
    const forwarding = forwardingPoints(ctx)
    const points = answeringPoints(ctx, { outside: outside.of, sentAway: forwarding.add })
    const numbers = () => emergencyNumbers(ctx.store.all(siteKind).map(site => site.country))
    let callBacks: readonly string[] = []
    const arm = () => {
      const { help, test: tests } = numbers()
      ctx.store.reserveNumbers([...help, ...tests], 'emergency')
      ctx.sip.setEmergency({
        numbers: [...help, ...tests],
        networks: ctx.use(networks).emergencyPrefixes(),
        callBacks,
      })
    }
    arm()
    const tellAgain = keepLastResort(ctx, { numbers: () => numbers().help, outside: remembered.all })
    ctx.on('document.changed', ({ kinds }) => {
      if (kinds.includes('site') || kinds.includes('network')) arm()
      if (kinds.includes('site') || kinds.includes('location')) ctx.spawn('speak places', makeReady(ctx, test))
    })
    ctx.spawn('speak places', makeReady(ctx, test))
    const told = openTold(ctx)
    const telling = {
      ctx,
      log,
      told,
      whileUncared: whileUncared(ctx),
      bindingsOfDevice: (device: string) => ctx.use(registrar).bindingsOfDevice(device),
      prepare: (notice: ActionRef) => ctx.actionKind(notice.kind)?.prepare?.(notice.params as never),
    }
    const beside = tellBeside(telling, { under, isTest: dialled => numbers().test.includes(dialled) })
    return {
      api: {
        leadOutside: outside.lead,
        rememberOutside(ways) {
          remembered.learnFrom(() => ways(numbers().help.map(dialled => ({ dialled, sent: withoutPrefix(dialled) }))))
          tellAgain()
          return tellAgain
        },
        expectCallBacks(expected) {
          callBacks = expected
          arm()
        },
      },
      destinations: {
        emergency: {
          title: 'Emergency',
          run(caller, dialled, bookmark): Promise<Next> {
            if (numbers().test.includes(dialled))
              return test.run(caller, conveyedOf(caller.party, ctx.use(locations)).place)
            // The phones ring first: what is told beside adds nothing to the call.
            const help = reachHelp(caller, points, ctx.clock)
            if (bookmark === undefined) ctx.spawn('tell of an emergency call', beside(caller.call))
            return help
          },
          choices: () => [],
        },
      },
      routes: routesOf(log, under),
      touches: touchesOf(under),
      apply: () => makeReady(ctx, test),
      problems: () => [...problemsOf(ctx), ...forwarding.problems()],
      metrics: () => ({ emergency_calls_live: under.all().filter(call => call.endedAt === undefined).length }),
    }
  },
})
export default emergencyCalls
