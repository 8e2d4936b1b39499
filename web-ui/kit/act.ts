// A button that asks the box to do something: busy while it does, and the refusal in words.
import { useState } from 'react'
import { ApiError } from './api.ts'
import { tellFault } from './toasts.tsx'

export interface Act {
  readonly busy: boolean
  /** Field path → what is wrong, from the last refusal. */
  readonly faults: Readonly<Record<string, string>>
  /** Resolves with whether it was done. */
  run(work: () => Promise<unknown>): Promise<boolean>
  clear(): void
}

export function useAct(): Act {
  const [busy, setBusy] = useState(false)
  const [faults, setFaults] = useState<Readonly<Record<string, string>>>({})
  const run = async (work: () => Promise<unknown>): Promise<boolean> => {
    setBusy(true)
    setFaults({})
    try {
      await work()
      return true
    } catch (error) {
      const fields = error instanceof ApiError ? error.fields : {}
      setFaults(fields)
      if (Object.keys(fields).length === 0) tellFault(error)
      return false
    } finally {
      setBusy(false)
    }
  }
  return { busy, faults, run, clear: () => setFaults({}) }
}
