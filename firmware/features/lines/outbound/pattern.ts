// Patterns of numbers as technicians write them: X, Z, N, [1-5], and a dot for the rest.

/** Whether a number is like the pattern, from its first digit to its last. */
export function isLike(number: string, pattern: string): boolean {
  const rest = pattern.endsWith('.')
  const body = rest ? pattern.slice(0, -1) : pattern
  const expression = body.replace(/[+*]/g, '\\$&').replace(/X/g, '[0-9]').replace(/Z/g, '[1-9]').replace(/N/g, '[2-9]')
  return new RegExp(`^${expression}${rest ? '.+' : ''}$`).test(number)
}
