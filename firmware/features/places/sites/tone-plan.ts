// How the exchanges of a country sound: the figures that ITU-T E.180 Supplement 2 lists, as commonly published.
import type { Tone, ToneStep } from '../../../kernel/call/call.types.ts'

export const TONES = ['dial', 'stutter', 'ring-back', 'busy', 'congestion', 'call-waiting'] as const
export type ToneName = (typeof TONES)[number]
export type TonePlan = Readonly<Record<ToneName, Tone>>

/** Hertz together, a slash, milliseconds; steps behind one another: `440+480/2000 0/4000`. A bar: what is behind it is repeated. */
function tone(text: string): Tone {
  const [once = '', again] = text.split('|').map(part => part.trim())
  const first = steps(once)
  return again === undefined ? { steps: first } : { steps: [...first, ...steps(again)], from: first.length }
}

const steps = (text: string): readonly ToneStep[] =>
  text.split(' ').map(step => {
    const [hertz = '', milliseconds] = step.split('/')
    return { hertz: hertz === '0' ? [] : hertz.split('+').map(Number), milliseconds: Number(milliseconds) }
  })

type Figures = Readonly<Record<Exclude<ToneName, 'stutter'>, string>> & { readonly stutter?: string }

/** Where no dial tone of its own is known for a line with something to tell: ten short ones, then the usual. */
const stuttering = (dial: string) => {
  const [hertz = ''] = dial.split('/')
  return `${Array.from({ length: 10 }, () => `${hertz}/100 0/100`).join(' ')} | ${dial}`
}

function plan(figures: Figures): TonePlan {
  const text = { stutter: stuttering(figures.dial), ...figures }
  const entries = TONES.map(name => [name, tone(text[name])] as const)
  return Object.fromEntries(entries) as Record<ToneName, Tone>
}

const northAmerica: Figures = {
  dial: '350+440/1000',
  'ring-back': '440+480/2000 0/4000',
  busy: '480+620/500 0/500',
  congestion: '480+620/250 0/250',
  'call-waiting': '440/300 0/10000',
}
/** What E.180 recommends, and most countries do. */
const recommended: Figures = {
  dial: '425/1000',
  'ring-back': '425/1000 0/4000',
  busy: '425/500 0/500',
  congestion: '425/250 0/250',
  'call-waiting': '425/200 0/600 425/200 0/10000',
}

const countries: Readonly<Record<string, Figures>> = {
  US: northAmerica,
  CA: northAmerica,
  MX: { ...recommended, busy: '425/250 0/250' },
  BR: {
    ...recommended,
    busy: '425/250 0/250',
    congestion: '425/250 0/250 425/750 0/250',
    'call-waiting': '425/50 0/1000',
  },
  DE: {
    ...recommended,
    stutter: '425+400/1000',
    busy: '425/480 0/480',
    congestion: '425/240 0/240',
    'call-waiting': '425/200 0/200 425/200 0/5000',
  },
  GB: {
    dial: '350+440/1000',
    stutter: '350+440/750 440/750',
    'ring-back': '400+450/400 0/200 400+450/400 0/2000',
    busy: '400/375 0/375',
    congestion: '400/400 0/350 400/225 0/525',
    'call-waiting': '400/100 0/4000',
  },
  FR: {
    dial: '440/1000',
    'ring-back': '440/1500 0/3500',
    busy: '440/500 0/500',
    congestion: '440/250 0/250',
    'call-waiting': '440/300 0/10000',
  },
  IT: {
    ...recommended,
    dial: '425/200 0/200 425/600 0/1000',
    stutter: '470/400 425/400',
    congestion: '425/200 0/200',
    'call-waiting': '425/400 0/100 425/250 0/100 425/150 0/14000',
  },
  ES: {
    ...recommended,
    'ring-back': '425/1500 0/3000',
    busy: '425/200 0/200',
    congestion: '425/200 0/200 425/200 0/200 425/200 0/600',
    'call-waiting': '425/175 0/175 425/175 0/3500',
  },
  // 400 Hz whose loudness swings, written as what that makes of it: the tone and one beside it on either hand.
  JP: {
    dial: '400/1000',
    'ring-back': '384+400+416/1000 0/2000',
    busy: '400/500 0/500',
    congestion: '400/500 0/500',
    'call-waiting': '384+400+416/500 0/8000',
  },
  CN: {
    dial: '450/1000',
    'ring-back': '450/1000 0/4000',
    busy: '450/350 0/350',
    congestion: '450/700 0/700',
    'call-waiting': '450/400 0/4000',
  },
  IN: {
    dial: '375+400+425/1000',
    'ring-back': '375+400+425/400 0/200 375+400+425/400 0/2000',
    busy: '400/750 0/750',
    congestion: '400/250 0/250',
    'call-waiting': '400/200 0/100 400/200 0/7500',
  },
}

/** Countries whose own tones are known; others hear what E.180 recommends. */
export const TONE_COUNTRIES: readonly string[] = Object.keys(countries)

/** The tones of a country (ISO 3166, two letters). */
export const tonesOf = (country: string): TonePlan => plan(countries[country] ?? recommended)
