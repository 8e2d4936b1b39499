// A draughtsman for scenarios: keeps what he was told to draw; works, refuses, or never answers.
import { createHash } from 'node:crypto'
import { PbxError } from '../kernel/errors.ts'
import type { Drawing, KeptPicture, Pictures } from '../kernel/pictures.ts'

export class FakePictures implements Pictures {
  manner: 'works' | 'refuses pictures' | 'hangs' = 'works'
  readonly drawings: Drawing[] = []

  async keep(file: string): Promise<KeptPicture> {
    if (this.manner === 'hangs') return new Promise(() => {})
    if (this.manner === 'refuses pictures')
      throw new PbxError('pictures.damaged', 'the picture is damaged', { fields: { picture: 'save it anew' } })
    const sha256 = createHash('sha256').update(file).digest('hex')
    return { file: `/blobs/${sha256}.webp`, sha256, width: 2000, height: 1000 }
  }

  async draw(drawing: Drawing): Promise<{ file: string }> {
    this.drawings.push(drawing)
    if (this.manner === 'hangs') return new Promise(() => {})
    if (this.manner === 'refuses pictures' && drawing.background !== undefined) throw new Error('the picture is gone')
    return { file: `/run/maps/${this.drawings.length}.png` }
  }
}
