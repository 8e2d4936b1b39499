// What is wrong with the board now: told to every client once when it begins and once when it ends.

export interface Problem {
  readonly code: string
  readonly text: string
}

export interface Problems {
  raise(code: string, text: string): void
  /** Does nothing when the problem is not raised. */
  solve(code: string): void
  now(): readonly Problem[]
}

export function createProblems(tell: (problem: Problem, state: 'raised' | 'solved') => void): Problems {
  const raised = new Map<string, Problem>()
  return {
    raise(code, text) {
      if (raised.get(code)?.text === text) return
      const problem = { code, text }
      raised.set(code, problem)
      tell(problem, 'raised')
    },
    solve(code) {
      const problem = raised.get(code)
      if (problem === undefined) return
      raised.delete(code)
      tell(problem, 'solved')
    },
    now: () => [...raised.values()],
  }
}
