// Pictures of the box, each an errand of a process of its own: one that hangs, fails or takes long delays nothing else.
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { Drawing, KeptPicture, Pictures } from '../../kernel/pictures.ts'
import { Errands, type ErrandsOptions } from './errands.ts'

/** The process that draws. Begin it with the others: each start forks this one. */
export const drawingErrands = (o: Pick<ErrandsOptions, 'clock' | 'log' | 'environment'>): Errands =>
  new Errands({
    ...o,
    told: {
      name: 'pictures',
      text: 'The process that draws maps does not run: {why}.',
      remedy:
        'It is started again by itself. Alarms, calls and announcements do not need it. If this stays, look at the log and at the free memory of the machine.',
    },
  })

/** `kept`: where pictures are kept by content; `drawn`: maps, the latest ones only. */
export function picturesBy(errands: Pick<Errands, 'run'>, o: { kept: string; drawn: string }): Pictures {
  const underWay = new Map<string, Promise<{ file: string }>>()
  return {
    keep: async file => (await errands.run('picture', { file, directory: o.kept })) as KeptPicture,
    draw(drawing: Drawing) {
      const key = createHash('sha256').update(JSON.stringify(drawing)).digest('hex').slice(0, 40)
      const running = underWay.get(key)
      if (running !== undefined) return running
      const asked = errands.run('draw', { drawing, file: join(o.drawn, `${key}.png`) }) as Promise<{ file: string }>
      const work = asked.finally(() => underWay.delete(key))
      underWay.set(key, work)
      return work
    },
  }
}
