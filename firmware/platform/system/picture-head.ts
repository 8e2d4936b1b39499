// The beginning of a picture's file: what it is and how large, before anything of it is decoded. A file of a few kilobytes may
// unfold to more memory than the box has.

export interface Head {
  readonly type: 'PNG' | 'JPEG' | 'WebP'
  readonly width: number
  readonly height: number
}

/** Undefined: it is none of the three, or its size cannot be found. */
export function headOf(bytes: Buffer): Head | undefined {
  const head = png(bytes) ?? webp(bytes) ?? jpeg(bytes)
  return head !== undefined && head.width > 0 && head.height > 0 ? head : undefined
}

/** The chunk IHDR stands first (ISO/IEC 15948, 11.2.2). */
function png(bytes: Buffer): Head | undefined {
  if (bytes.length < 24 || bytes.toString('latin1', 0, 8) !== '\x89PNG\r\n\x1a\n') return undefined
  return { type: 'PNG', width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) }
}

/** RFC 9649, sections 2.5 to 2.7: lossy, lossless or extended. */
function webp(bytes: Buffer): Head | undefined {
  if (bytes.length < 30 || bytes.toString('latin1', 0, 4) !== 'RIFF' || bytes.toString('latin1', 8, 12) !== 'WEBP')
    return undefined
  switch (bytes.toString('latin1', 12, 16)) {
    case 'VP8 ':
      return { type: 'WebP', width: bytes.readUInt16LE(26) & 0x3fff, height: bytes.readUInt16LE(28) & 0x3fff }
    case 'VP8L': {
      const packed = bytes.readUInt32LE(21)
      return { type: 'WebP', width: (packed & 0x3fff) + 1, height: ((packed >>> 14) & 0x3fff) + 1 }
    }
    case 'VP8X':
      return { type: 'WebP', width: bytes.readUIntLE(24, 3) + 1, height: bytes.readUIntLE(27, 3) + 1 }
    default:
      return undefined
  }
}

/** The frame header of any process (ITU-T T.81, B.2.2); tables before it are passed over by their lengths. */
function jpeg(bytes: Buffer): Head | undefined {
  if (bytes.length < 4 || bytes.readUInt16BE(0) !== 0xffd8) return undefined
  let at = 2
  while (at + 9 < bytes.length) {
    if (bytes[at] !== 0xff) return undefined
    const marker = bytes[at + 1] ?? 0
    if (marker === 0xff) {
      at += 1
      continue
    }
    const isFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc
    if (isFrame) return { type: 'JPEG', height: bytes.readUInt16BE(at + 5), width: bytes.readUInt16BE(at + 7) }
    at += 2 + Math.max(2, bytes.readUInt16BE(at + 2))
  }
  return undefined
}
