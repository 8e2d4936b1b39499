// From when a call is called bad, and what the box cannot know of the phones; shared with the browser.
import { HistoryInput } from '../../../kernel/history-input.ts'
import { type Static, Type } from '../../../kernel/schema.ts'

export const QualitySettings = Type.Object(
  {
    lossPercent: Type.Number({
      title: 'Loss becomes a problem from',
      'x-unit': '%',
      description: 'Packets that are lost or come too late to be heard.',
      minimum: 0.1,
      maximum: 50,
      default: 3,
    }),
    jitterMilliseconds: Type.Integer({
      title: 'Jitter becomes a problem from',
      'x-unit': 'ms',
      minimum: 5,
      maximum: 500,
      default: 40,
    }),
    roundTripMilliseconds: Type.Integer({
      title: 'Round trip becomes a problem from',
      'x-unit': 'ms',
      description: 'Between box and phone. People begin to interrupt each other.',
      minimum: 50,
      maximum: 2000,
      default: 300,
    }),
    opinion: Type.Number({
      title: 'Speech is poor below',
      'x-unit': 'MOS',
      description: 'From 1 (bad) to 4.5 (excellent); below 3.6 many users are dissatisfied.',
      minimum: 1,
      maximum: 4.5,
      default: 3.6,
    }),
    concealed: Type.Boolean({
      title: 'Phones conceal what is lost',
      description: 'Practically all do; switch it off for very old ones.',
      default: true,
    }),
    bufferMilliseconds: Type.Integer({
      title: 'Jitter buffer of the phones',
      'x-unit': 'ms',
      description: 'What a phone waits for at least before it speaks a packet.',
      minimum: 0,
      maximum: 500,
      default: 40,
    }),
    keepDays: Type.Integer({
      title: 'Keep the quality of calls for',
      'x-unit': 'days',
      minimum: 1,
      maximum: 3650,
      default: 90,
    }),
  },
  { default: {} },
)
export type QualitySettings = Static<typeof QualitySettings>

export const Search = Type.Object(
  {
    ...HistoryInput.properties,
    poor: Type.Optional(Type.Boolean({ description: 'Only what was poor at its worst moment.' })),
    call: Type.Optional(Type.String({ maxLength: 60 })),
    device: Type.Optional(Type.String({ maxLength: 60 })),
    site: Type.Optional(Type.String({ maxLength: 60 })),
  },
  { additionalProperties: false },
)
export type Search = Static<typeof Search>
