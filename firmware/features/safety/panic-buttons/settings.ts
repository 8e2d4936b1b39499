// A panic button: where it is, what it starts, which contacts of the board it is wired to.
import { DestinationField, Name, Ref, Secret, type Static, Type } from '../../../kernel/schema.ts'
import type { ResourceKind, StoreView } from '../../../kernel/store.ts'
import { deviceKind } from '../../phones/devices/settings.ts'

export { userKind } from '../../access/users/settings.ts'

/** Whose way of sending web requests a button has. */
export const WEB_KINDS = ['webhook', 'CyberData', 'Algo'] as const
export type WebKind = (typeof WEB_KINDS)[number]

const terminal = (title: string, use: 'input' | 'output', description: string) =>
  Type.String({ title, description, minLength: 1, maxLength: 60, 'x-board': use })

export const Button = Type.Object({
  name: Name({ title: 'Name', description: 'What is written on it, or beside it.' }),
  location: Ref('location', { title: 'Location', description: 'Where help is needed when it is pressed.' }),
  plan: Ref('plan', { title: 'Plan', description: 'What happens.' }),
  inputs: Type.Array(terminal('Input', 'input', 'A terminal of the board.'), {
    title: 'Inputs',
    description:
      'One, or two where the button has two contacts on terminals of their own. None: it calls, or sends web requests.',
    maxItems: 2,
    default: [],
  }),
  device: Type.Optional(
    Ref('device', {
      title: 'SIP button',
      description: 'A device of the kind “button”: each call that it makes is a press.',
    }),
  ),
  answering: Type.Optional(
    DestinationField({
      title: 'Its call goes to',
      description: 'Who answers the SIP button. Empty: it is told that help was called.',
    }),
  ),
  web: Type.Optional(
    Type.Enum(WEB_KINDS, {
      title: 'Web requests of',
      description: 'A button, or another system, that sends a web request. Its address and key: page “Button tests”.',
    }),
  ),
  key: Type.Optional(Secret({ title: 'Key', 'x-hidden': true } as object)),
  heardWithinMinutes: Type.Optional(
    Type.Integer({
      title: 'Reports itself every',
      description: 'Web requests: silent for longer it is a problem. Set the heartbeat of the device to half of it.',
      minimum: 1,
      maximum: 10_080,
      'x-unit': 'min',
    }),
  ),
  owner: Type.Optional(
    Ref('user', { title: 'Owner', onDelete: 'clear', description: 'Who sees to it that it is tested and works.' }),
  ),
  holdSeconds: Type.Optional(
    Type.Number({
      title: 'Hold for',
      description:
        'Seconds that a hand must stay on it, up to 5. Empty: every touch counts at once. A hand that goes before is noted and shown, and raises no alarm. Only where a button is touched by accident, and everybody who may need it knows.',
      minimum: 0,
      maximum: 5,
      'x-unit': 's',
      'x-advanced': true,
    }),
  ),
  lamp: Type.Optional(terminal('Lamp', 'output', 'An output of the board: blinks fast, is steady, blinks slowly.')),
})
export type Button = Static<typeof Button>

/** The resource kind `button`. */
export const buttonKind: ResourceKind<Button> = {
  kind: 'button',
  prefix: 'but',
  title: ['Panic button', 'Panic buttons'],
  schema: Button,
  label: 'name',
  check(button, look): Record<string, string> {
    const own = (button as { id?: string }).id
    const others = look.all(buttonKind).filter(other => other.id !== own)
    const way = wayFault(button, others, look)
    if (way !== undefined) return way
    for (const input of button.inputs) {
      const rival = others.find(other => other.inputs.includes(input))
      if (rival !== undefined) return { inputs: `${input} belongs to “${rival.name}”: one input, one button` }
    }
    const lit = button.lamp === undefined ? undefined : others.find(other => other.lamp === button.lamp)
    return lit === undefined ? {} : { lamp: `${button.lamp} is the lamp of “${lit.name}”: choose another` }
  },
}

/** What is wrong with how it is pressed, if anything is. */
function wayFault(
  button: Button,
  others: readonly (Button & { readonly id: string })[],
  look: StoreView,
): Record<string, string> | undefined {
  const { inputs, device, web, answering, heardWithinMinutes } = button
  if (inputs.length === 0 && device === undefined && web === undefined)
    return { inputs: 'nothing could press it: choose an input, a SIP button, or whose web requests it sends' }
  if (answering !== undefined && device === undefined)
    return { answering: 'only a SIP button calls: choose the device, or leave this empty' }
  if (heardWithinMinutes !== undefined && web === undefined)
    return { heardWithinMinutes: 'only who sends web requests reports itself: leave this empty' }
  if (device === undefined) return undefined
  if (look.get(deviceKind, device)?.kind !== 'button')
    return { device: 'is no button: give the device the kind “button”, or every call of a phone would be an alarm' }
  const rival = others.find(other => other.device === device)
  return rival && { device: `belongs to “${rival.name}”: one device, one button` }
}

export const ButtonInput = Type.Object({ button: Ref('button') })
export type ButtonInput = Static<typeof ButtonInput>

export const AnnounceInput = Type.Object({
  button: Ref('button'),
  minutes: Type.Integer({ title: 'For', minimum: 1, maximum: 60, default: 15, 'x-unit': 'min' }),
})
export type AnnounceInput = Static<typeof AnnounceInput>

export const TestedInput = Type.Object({
  button: Ref('button'),
  failed: Type.Boolean({ title: 'It did not work', default: false }),
  note: Type.Optional(Type.String({ title: 'What was heard and seen', maxLength: 300 })),
})
export type TestedInput = Static<typeof TestedInput>

export const ButtonSettings = Type.Object(
  {
    testEveryDays: Type.Integer({
      title: 'Test every',
      minimum: 0,
      maximum: 730,
      default: 60,
      'x-unit': 'd',
      description: 'A button without a test for so long is shown (29 CFR 1910.165(d): two months). 0: never.',
    }),
  },
  { default: {} },
)
export type ButtonSettings = Static<typeof ButtonSettings>
