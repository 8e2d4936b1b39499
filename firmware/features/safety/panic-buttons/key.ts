// The key of a button that sends web requests: long enough that nobody guesses it, compared without telling how much was right.
import { createHash, timingSafeEqual } from 'node:crypto'
import { newIdentity } from '../../../kernel/identity.ts'

/** 26 characters, 130 bits. */
export const newKey = (): string => newIdentity('key').slice('key_'.length)

/** Takes the same time wherever they differ. */
export const sameKey = (given: string, kept: string): boolean => timingSafeEqual(digest(given), digest(kept))

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
