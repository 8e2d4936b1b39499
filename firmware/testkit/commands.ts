// The commands that a fake port was given, in order, and what a test makes of the nth.

/** A command as it was given. */
export interface Command {
  readonly name: string
  readonly args: readonly unknown[]
}

/** The nth command throws or is swallowed, or the nth step is the last thing that the supervisor does. */
export type Disturbance =
  | { readonly kind: 'fault' | 'hang'; readonly at: number }
  | { readonly kind: 'restart'; readonly at: number; readonly death: () => void }

/** A port whose commands can fail, be swallowed, or be the last thing that the box does. */
export class Commands {
  readonly commands: Command[] = []
  /** Commands given and batches of events delivered, ever. */
  steps = 0
  /** What a sweep has in mind, beside what the test itself asks for; counted from the port's beginning. */
  sweep: Disturbance | undefined
  #failAt = 0
  #hangAt = 0
  #dieAt = 0
  #death = () => {}

  /** The nth command from now (1 is the next) throws. */
  failAt(nth: number): void {
    this.#failAt = this.commands.length + nth
  }

  /** The nth command from now is swallowed: no effect, no event. */
  hangAt(nth: number): void {
    this.#hangAt = this.commands.length + nth
  }

  /** The nth step from now (a command, or a batch of events) is the supervisor's last: `death` is called, the step is lost. */
  dieAt(nth: number, death: () => void): void {
    this.#dieAt = this.steps + nth
    this.#death = death
  }

  recover(): void {
    this.#failAt = 0
    this.#hangAt = 0
    this.#dieAt = 0
  }

  /** Counts a step; false when it was the last one. */
  protected mayGoOn(): boolean {
    this.steps += 1
    const swept = this.sweep?.kind === 'restart' && this.sweep.at === this.steps ? this.sweep.death : undefined
    const death = this.steps === this.#dieAt ? this.#death : swept
    death?.()
    return death === undefined
  }

  #isSwept(kind: 'fault' | 'hang'): boolean {
    return this.sweep?.kind === kind && this.sweep.at === this.commands.length
  }

  /** Records the command; makes it fail or swallows it when its turn has come. */
  protected give(name: string, args: readonly unknown[], effect: () => unknown): void {
    this.commands.push({ name, args })
    const fails = this.commands.length === this.#failAt || this.#isSwept('fault')
    if (fails) throw new Error(`${name} failed, as the test asked`)
    if (this.commands.length === this.#hangAt || this.#isSwept('hang')) return
    if (this.mayGoOn()) effect()
  }
}
