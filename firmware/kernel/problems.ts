// What is wrong now, from everyone who can tell: the health page, the relay, the screen.
import type { Problem } from './feature.ts'
import type { Host } from './host.ts'

const WEIGHT = ['danger', 'serious', 'warning', 'info']

/** All problems, the gravest first; a feature that cannot say how it is, is a problem itself. */
export function problemsOf(host: Host): readonly Problem[] {
  const problems = [
    ...startProblems(host),
    ...host.applier.problems(),
    ...host.shared.troubles.all(),
    ...recordProblems(host),
    ...featureProblems(host),
  ]
  const told = new Set(problems.flatMap(problem => problem.covers ?? []))
  const shown = problems.filter(problem => !told.has(problem.code))
  return shown.sort((a, b) => WEIGHT.indexOf(a.severity) - WEIGHT.indexOf(b.severity))
}

function startProblems(host: Host): Problem[] {
  return [...host.failed].map(([name, why]) => {
    const essential = host.features.find(feature => feature.name === name)?.essential === true
    return {
      code: `host.not-started:${name}`,
      severity: essential ? 'danger' : 'serious',
      text: `"${name}" does not run: ${why}.${essential ? ' The box is in safe mode.' : ''}`,
      remedy: 'Undo the latest change if it began with one, and restart the box; else go back to the former version.',
    }
  })
}

function recordProblems(host: Host): Problem[] {
  const { lost, lastError } = host.shared.records.state
  if (!lost && !lastError) return []
  const text = `Records are not kept as they should be: ${lost} were lost${lastError ? ` (${lastError})` : ''}.`
  const remedy = 'Look at the disk: is it full, or failing? Calls, pages and alarms go on meanwhile.'
  return [{ code: 'host.records', severity: 'serious', text, remedy }]
}

function featureProblems(host: Host): Problem[] {
  return [...host.running.values()].flatMap(({ feature, parts }): readonly Problem[] => {
    try {
      return parts.problems?.() ?? []
    } catch (error) {
      host.shared.log.error('a feature could not tell its problems', { feature: feature.name, error })
      const text = `"${feature.name}" cannot tell how it is.`
      const remedy = 'Look at the log for the reason.'
      return [{ code: `host.no-health:${feature.name}`, severity: 'warning', text, remedy }]
    }
  })
}
