// Things that must each happen, whatever becomes of the others.

/** Runs every one in order, also after one that throws; then throws the first error. */
export function allOf(...works: readonly (() => void)[]): void {
  const errors: unknown[] = []
  for (const work of works) {
    try {
      work()
    } catch (error) {
      errors.push(error)
    }
  }
  if (errors.length > 0) throw errors[0]
}
