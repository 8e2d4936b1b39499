// Keeps alarms durable behind what they do, and answers the board for a press once its alarm would survive a power cut.
import type { PressId } from '../../../kernel/board-port.ts'
import type { Alarm } from './alarm.ts'
import type { Surroundings } from './incidents.ts'

/** How long until keeping is tried again after it failed. */
const AGAIN_MILLISECONDS = 1000

interface Turn {
  busy: boolean
  /** Changed since the turn began. */
  latest: Alarm | undefined
}

export class Keeping {
  readonly #box: Pick<Surroundings, 'clock' | 'board' | 'spawn' | 'kept'>
  readonly #turns = new Map<string, Turn>()
  /** The presses that are durable with their alarm. */
  readonly #durable = new Map<string, ReadonlySet<string>>()
  #fault: string | undefined

  constructor(box: Pick<Surroundings, 'clock' | 'board' | 'spawn' | 'kept'>) {
    this.#box = box
  }

  get fault(): string | undefined {
    return this.#fault
  }

  /** This alarm came from the store: it is durable with all its presses. */
  found(alarm: Alarm): void {
    this.#durable.set(alarm.id, keysOf(alarm))
  }

  /** Keeps this state of the alarm; one write at a time for each, the latest state wins. */
  keep(alarm: Alarm): void {
    const turn = this.#turns.get(alarm.id) ?? { busy: false, latest: undefined }
    this.#turns.set(alarm.id, turn)
    turn.latest = alarm
    // A write that hangs must not keep a later state from being written in the ordinary course.
    if (turn.busy) this.#box.kept.set(alarm.id, alarm)
    else this.#box.spawn('keep an alarm', this.#write(alarm.id, turn))
  }

  /** The board did not hear the first answer, or none was given yet. */
  acknowledgeAgain(id: string, press: PressId, alarm: Alarm | undefined): void {
    // An alarm that is forgotten here was durable long ago.
    if (alarm === undefined || this.#durable.get(id)?.has(keyOf(press)) === true) this.#box.board.acknowledge(press, id)
    else this.keep(alarm)
  }

  async #write(id: string, turn: Turn): Promise<void> {
    turn.busy = true
    try {
      for (let alarm = turn.latest; alarm !== undefined; alarm = turn.latest) {
        turn.latest = undefined
        await this.#box.kept.setNow(id, alarm)
        this.#acknowledge(alarm)
      }
      this.#turns.delete(id)
      this.#fault = undefined
    } catch (error) {
      this.#fault = error instanceof Error ? error.message : String(error)
      this.#box.clock.after(AGAIN_MILLISECONDS, () => {
        const alarm = turn.latest ?? this.#box.kept.get(id)
        if (alarm !== undefined && !turn.busy) this.keep(alarm)
      })
      throw error
    } finally {
      turn.busy = false
    }
  }

  #acknowledge(alarm: Alarm): void {
    const before = this.#durable.get(alarm.id)
    this.#durable.set(alarm.id, keysOf(alarm))
    for (const { press } of alarm.presses)
      if (before?.has(keyOf(press)) !== true) this.#box.board.acknowledge(press, alarm.id)
  }
}

const keyOf = ({ box, epoch, sequence }: PressId): string => `${box}/${epoch}/${sequence}`
const keysOf = (alarm: Alarm): ReadonlySet<string> => new Set(alarm.presses.map(({ press }) => keyOf(press)))
