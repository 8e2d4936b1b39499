// G.711 µ-law to linear (ITU-T G.711): what phones and pages speak, as the loudspeakers need it.

/** Linear value of each of the 256 codes; built once by whoever plays. */
export function muLawTable(): Int16Array {
  return Int16Array.from({ length: 256 }, (_, code) => {
    const bits = ~code & 0xff
    const magnitude = (((bits & 0x0f) << 3) + 0x84) << ((bits & 0x70) >> 4)
    return bits & 0x80 ? 0x84 - magnitude : magnitude - 0x84
  })
}
