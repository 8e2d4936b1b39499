// A piece of mono sound, and the arithmetic that the audio checks share.

export interface Sound {
  /** Samples per second. */
  rate: number
  /** -1 … 1. */
  samples: Float32Array
}

export function durationMs(sound: Sound): number {
  return (sound.samples.length * 1000) / sound.rate
}

/** Root mean square of a stretch; 0 for an empty one. Samples outside the sound count as silence. */
export function rms(samples: Float32Array, from = 0, to = samples.length): number {
  let sum = 0
  for (let i = Math.max(0, from); i < Math.min(to, samples.length); i++) sum += (samples[i] ?? 0) ** 2
  return to > from ? Math.sqrt(sum / (to - from)) : 0
}

/** Decibels relative to a full-scale square wave; -Infinity for silence. */
export function dbfs(level: number): number {
  return 20 * Math.log10(level)
}

export function silence(ms: number, rate: number): Sound {
  return { rate, samples: new Float32Array(Math.round((ms * rate) / 1000)) }
}

/** One after the other; all must have the first one's rate. */
export function join(...sounds: readonly Sound[]): Sound {
  const rate = sounds[0]?.rate ?? 8000
  if (sounds.some(sound => sound.rate !== rate)) throw new Error('sounds of different rates cannot be joined')
  const samples = new Float32Array(sounds.reduce((sum, sound) => sum + sound.samples.length, 0))
  let at = 0
  for (const sound of sounds) {
    samples.set(sound.samples, at)
    at += sound.samples.length
  }
  return { rate, samples }
}

/** Over and over, for at least so long. */
export function repeated(sound: Sound, ms: number): Sound {
  return join(...Array.from({ length: Math.ceil(ms / durationMs(sound)) }, () => sound))
}

export function slice(sound: Sound, fromMs: number, toMs: number): Sound {
  const at = (ms: number) => Math.round((ms * sound.rate) / 1000)
  return { rate: sound.rate, samples: sound.samples.slice(at(fromMs), at(toMs)) }
}

export function scaled(sound: Sound, gainDb: number): Sound {
  const factor = 10 ** (gainDb / 20)
  return { rate: sound.rate, samples: sound.samples.map(sample => sample * factor) }
}

/** Windowed-sinc resampling, band-limited to the lower of the two rates. */
export function resample(sound: Sound, rate: number): Sound {
  if (rate === sound.rate) return sound
  const ratio = sound.rate / rate
  const half = Math.ceil(16 * Math.max(1, ratio))
  // Between two rates only so many positions between samples occur: one filter for each.
  const phases = rate / commonDivisor(rate, sound.rate)
  const filters = Array.from({ length: phases }, (_, phase) => filter((phase * ratio) % 1, half, ratio))
  const source = sound.samples
  const samples = new Float32Array(Math.floor(source.length / ratio))
  for (let n = 0; n < samples.length; n++) {
    const taps = filters[n % phases] ?? new Float32Array()
    const first = Math.floor(n * ratio + 1e-9) - half
    let sum = 0
    for (let k = Math.max(0, -first); k < taps.length; k++) sum += (source[first + k] ?? 0) * (taps[k] ?? 0)
    samples[n] = sum
  }
  return { rate, samples }
}

function filter(offset: number, half: number, ratio: number): Float32Array {
  const cutoff = 0.92 * Math.min(1, 1 / ratio)
  return Float32Array.from({ length: 2 * half + 1 }, (_, k) => {
    const x = offset - (k - half)
    const window = Math.abs(x) < half ? 0.5 + 0.5 * Math.cos((Math.PI * x) / half) : 0
    return sinc(cutoff * x) * cutoff * window
  })
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b)
}

function sinc(x: number): number {
  return Math.abs(x) < 1e-9 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x)
}
