// A panic button: where it is, what it starts, which contacts of the board it is wired to.
import { Name, Ref, type Static, Type } from '../../../kernel/schema.ts'
import type { ResourceKind } from '../../../kernel/store.ts'

const terminal = (title: string, use: 'input' | 'output', description: string) =>
  Type.String({ title, description, minLength: 1, maxLength: 60, 'x-board': use })

export const Button = Type.Object({
  name: Name({ title: 'Name', description: 'What is written on it, or beside it.' }),
  location: Ref('location', { title: 'Location', description: 'Where help is needed when it is pressed.' }),
  plan: Ref('plan', { title: 'Plan', description: 'What happens.' }),
  inputs: Type.Array(terminal('Input', 'input', 'A terminal of the board.'), {
    title: 'Inputs',
    description: 'One, or two where the button has two contacts on terminals of their own.',
    minItems: 1,
    maxItems: 2,
  }),
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
    for (const input of button.inputs) {
      const rival = others.find(other => other.inputs.includes(input))
      if (rival !== undefined) return { inputs: `${input} belongs to “${rival.name}”: one input, one button` }
    }
    const lit = button.lamp === undefined ? undefined : others.find(other => other.lamp === button.lamp)
    return lit === undefined ? {} : { lamp: `${button.lamp} is the lamp of “${lit.name}”: choose another` }
  },
}

export const ButtonInput = Type.Object({ button: Ref('button') })
export type ButtonInput = Static<typeof ButtonInput>

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
