// Waiting for a fact with a bounded deadline, instead of sleeping and hoping.

/** Resolves when `isTrue` says so; rejects naming `what` when it is not by then. */
export async function until(
  what: string,
  isTrue: () => boolean | Promise<boolean>,
  o: { seconds?: number; everyMilliseconds?: number } = {},
): Promise<void> {
  const { seconds = 30, everyMilliseconds = 20 } = o
  const deadline = performance.now() + seconds * 1000
  for (;;) {
    if (await isTrue()) return
    if (performance.now() > deadline) throw new Error(`not within ${seconds} s: ${what}`)
    await new Promise(resolve => setTimeout(resolve, everyMilliseconds))
  }
}
