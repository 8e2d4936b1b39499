// The fast Fourier transform, and the correlation of a short piece against a long recording by it.

export interface Spectrum {
  real: Float64Array
  imaginary: Float64Array
}

/** The transform for one length, which must be a power of two. */
export class FourierTransform {
  readonly size: number
  readonly #cosines: Float64Array
  readonly #sines: Float64Array

  constructor(size: number) {
    if (size < 2 || (size & (size - 1)) !== 0) throw new Error(`a transform needs a power of two, not ${size}`)
    this.size = size
    this.#cosines = Float64Array.from({ length: size / 2 }, (_, k) => Math.cos((2 * Math.PI * k) / size))
    this.#sines = Float64Array.from({ length: size / 2 }, (_, k) => Math.sin((2 * Math.PI * k) / size))
  }

  /** In place; `direction` 1 is forward, -1 backward (unscaled). */
  run({ real, imaginary }: Spectrum, direction: 1 | -1): void {
    const [n, cosines, sines] = [this.size, this.#cosines, this.#sines]
    swapByReversedBits(real)
    swapByReversedBits(imaginary)
    for (let half = 1; half < n; half *= 2) {
      const stride = n / half / 2
      for (let start = 0; start < n; start += 2 * half) {
        for (let k = 0; k < half; k++) {
          const a = start + k
          const b = a + half
          const cosine = at(cosines, k * stride)
          const sine = -direction * at(sines, k * stride)
          const re = at(real, b) * cosine - at(imaginary, b) * sine
          const im = at(real, b) * sine + at(imaginary, b) * cosine
          real[b] = at(real, a) - re
          imaginary[b] = at(imaginary, a) - im
          real[a] = at(real, a) + re
          imaginary[a] = at(imaginary, a) + im
        }
      }
    }
  }
}

/** Small enough for a processor's cache: a long recording is taken in stretches. */
const size = 16384

/**
 * Correlates short pieces against one recording: an answer holds, for every place in the recording, the normalised
 * correlation (-1 … 1) of the piece that would start there.
 */
export class Correlator {
  readonly #transform = new FourierTransform(size)
  readonly #stretches: Spectrum[] = []
  /** Places of which one stretch tells. */
  readonly #step: number
  readonly #length: number
  /** Running sum of squares, for the energy of any stretch. */
  readonly #energy: Float64Array

  constructor(recording: Float32Array, longestPiece: number) {
    if (longestPiece > size / 2) throw new Error(`pieces of more than ${size / 2} samples are not correlated here`)
    this.#length = recording.length
    this.#step = size - longestPiece
    for (let from = 0; from < recording.length; from += this.#step) {
      this.#stretches.push(this.#transformed(recording.subarray(from, from + size), new Float32Array()))
    }
    this.#energy = new Float64Array(recording.length + 1)
    for (let i = 0; i < recording.length; i++) this.#energy[i + 1] = at(this.#energy, i) + (recording[i] ?? 0) ** 2
  }

  correlate(pieces: readonly Float32Array[]): Float32Array[] {
    const answers: Float32Array[] = []
    // Two real pieces fit into one complex transform.
    for (let i = 0; i < pieces.length; i += 2) {
      const [first = new Float32Array(), second] = pieces.slice(i, i + 2)
      const products = this.#products(first, second ?? new Float32Array())
      answers.push(this.#normalised(products.real, first))
      if (second) answers.push(this.#normalised(products.imaginary, second))
    }
    return answers
  }

  /** Sums of products for every place: of the first piece in the real part, of the second in the imaginary one. */
  #products(first: Float32Array, second: Float32Array): Spectrum {
    const both = this.#transformed(first, second)
    const products = { real: new Float64Array(this.#length), imaginary: new Float64Array(this.#length) }
    const work = { real: new Float64Array(size), imaginary: new Float64Array(size) }
    for (const [n, stretch] of this.#stretches.entries()) {
      for (let i = 0; i < size; i++) {
        const re = at(both.real, i)
        const im = at(both.imaginary, i)
        work.real[i] = at(stretch.real, i) * re + at(stretch.imaginary, i) * im
        work.imaginary[i] = at(stretch.imaginary, i) * re - at(stretch.real, i) * im
      }
      this.#transform.run(work, -1)
      const from = n * this.#step
      const count = Math.min(this.#step, this.#length - from)
      for (let i = 0; i < count; i++) {
        products.real[from + i] = at(work.real, i) / size
        // The spectrum was conjugated, and with it the second piece's sign.
        products.imaginary[from + i] = -at(work.imaginary, i) / size
      }
    }
    return products
  }

  #normalised(products: Float64Array, piece: Float32Array): Float32Array {
    const own = Math.sqrt(piece.reduce((sum, sample) => sum + sample * sample, 0))
    const similarity = new Float32Array(Math.max(0, this.#length - piece.length + 1))
    for (let place = 0; place < similarity.length; place++) {
      const there = Math.sqrt(Math.max(0, at(this.#energy, place + piece.length) - at(this.#energy, place)))
      // Where there is next to nothing, rounding would correlate with anything.
      if (there > own * 1e-3) similarity[place] = at(products, place) / (there * own)
    }
    return similarity
  }

  #transformed(real: Float32Array, imaginary: Float32Array): Spectrum {
    const spectrum = { real: new Float64Array(size), imaginary: new Float64Array(size) }
    spectrum.real.set(real)
    spectrum.imaginary.set(imaginary)
    this.#transform.run(spectrum, 1)
    return spectrum
  }
}

function swapByReversedBits(values: Float64Array): void {
  const n = values.length
  for (let i = 1, j = 0; i < n; i++) {
    let bit = n >> 1
    for (; j & bit; bit >>= 1) j ^= bit
    j ^= bit
    if (i >= j) continue
    const kept = at(values, i)
    values[i] = at(values, j)
    values[j] = kept
  }
}

/** Typed arrays answer undefined past their end; every index here is inside. */
function at(values: Float64Array, index: number): number {
  return values[index] ?? 0
}
